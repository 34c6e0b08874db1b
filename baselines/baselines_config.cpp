#include "baselines/baselines_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace escalate {

BaselinesConfig::BaselinesConfig(BaselineRegistry registry)
    : registry_(std::make_shared<const BaselineRegistry>(std::move(registry))) {
  for (const Baseline& machine : registry_->machines()) parameters_.push_back(machine.parameters());
}

BaselinesConfig::BaselinesConfig(const BaselinesConfig& other) : registry_(other.registry_) {
  for (const auto& one : other.parameters_) parameters_.push_back(one->clone());
}

BaselinesConfig& BaselinesConfig::operator=(const BaselinesConfig& other) {
  BaselinesConfig copy(other);
  return *this = std::move(copy);
}

void BaselinesConfig::validate() const {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    try {
      parameters_[i]->validate();
    } catch (const UserError& error) {
      if (error.place().key.empty() || !error.place().file.empty()) throw;
      throw UserError({"", 0, registry_->machines()[i].name + "." + error.place().key},
                      error.message());
    }
  }
}

void BaselinesConfig::add_to(ConfigView& view, const std::string& prefix) {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    parameters_[i]->add_to(view, prefix + registry_->machines()[i].name + ".");
  }
}

BaselineParameters& BaselinesConfig::of_machine(const std::string& name) {
  const std::vector<std::string> machines = registry_->machine_names();
  const auto found = std::find(machines.begin(), machines.end(), name);
  if (found != machines.end()) return *parameters_[std::size_t(found - machines.begin())];
  const std::vector<std::string> names = registry_->names();
  if (std::find(names.begin(), names.end(), name) != names.end()) {
    throw UserError(fmt::format("'{}' has the parameters of '{}'; give those", name,
                                registry_->machine_of(name).name));
  }
  throw UserError(fmt::format("no parameters of an accelerator '{}'; expected {}{}", name,
                              fmt::join(machines, ", "), did_you_mean(name, machines)));
}

BaselineParameters& BaselinesConfig::of(const std::string& name) {
  return of_machine(registry_->machine_of(name).name);
}

const BaselineParameters& BaselinesConfig::of(const std::string& name) const {
  return const_cast<BaselinesConfig&>(*this).of(name);
}

BaselinesConfig comparable_baselines(const CommonTerms& terms, BaselineRegistry registry) {
  BaselinesConfig config(std::move(registry));
  for (const Baseline& machine : config.registry().machines()) {
    machine.take_terms(config.of_machine(machine.name), terms);
  }
  return config;
}

std::vector<std::string> baseline_names() { return builtin_baselines().names(); }

std::unique_ptr<AcceleratorModel> make_baseline(const std::string& name,
                                                const BaselinesConfig& config) {
  for (const Baseline::Variant& variant : config.registry().machine_of(name).variants) {
    if (variant.name == name) return variant.make(config.of(name));
  }
  throw InternalError("a machine lacks a variant that it was found by");
}

}  // namespace escalate
