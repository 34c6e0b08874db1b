#include "escalate/machine.h"

#include "common/config.h"
#include "energy/accelerator_energy.h"
#include "escalate/inside/handles.h"

namespace esc {
namespace {

std::string text_of(const escalate::Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// `read` is given a view of a copy of the defaults.
template <class Read>
escalate::RunConfig config_read(Read&& read) {
  escalate::RunConfig config;
  escalate::ConfigView view(config);
  read(view);
  escalate::validate_config(config, view);
  return config;
}

escalate::EnergyModel energy_of(const escalate::RunConfig& config) {
  config.validate();
  return escalate::accelerator_energy(config.machine, escalate::CostModel(config.energy));
}

}  // namespace

Machine::Machine() : impl_(std::make_shared<const Impl>()) {}

Machine Machine::from_yaml(const std::string& path) {
  return translated([&] {
    return Access::make<Machine>(
        Impl{config_read([&](escalate::ConfigView& view) { view.read_yaml(path); })});
  });
}

Machine Machine::from_yaml_text(const std::string& text, const std::string& name) {
  return translated([&] {
    return Access::make<Machine>(
        Impl{config_read([&](escalate::ConfigView& view) { view.read_yaml_text(text, name); })});
  });
}

Machine& Machine::set(const std::string& key, const std::string& value) {
  translated([&] {
    Impl changed = *impl_;
    escalate::ConfigView view(changed.config);
    try {
      view.set(key + "=" + value);
    } catch (const escalate::UserError& error) {
      throw escalate::UserError({"", 0, error.place().key}, error.message());
    }
    impl_ = std::make_shared<const Impl>(std::move(changed));
  });
  return *this;
}

std::string Machine::get(const std::string& key) const {
  for (const Parameter& parameter : describe()) {
    if (parameter.name == key) return parameter.value;
  }
  return translated([&]() -> std::string {
    escalate::RunConfig config;
    throw escalate::UserError(
        {"", 0, key},
        "unknown key" + escalate::did_you_mean(key, escalate::ConfigView(config).names()));
  });
}

void Machine::validate() const {
  translated([&] { impl_->config.validate(); });
}

std::string Machine::to_yaml() const {
  return translated([&] {
    escalate::RunConfig config = impl_->config;
    return escalate::ConfigView(config).yaml();
  });
}

std::vector<Parameter> Machine::describe() const {
  return translated([&] {
    escalate::RunConfig config = impl_->config;
    const escalate::ConfigView view(config);
    std::vector<Parameter> parameters;
    for (const escalate::ConfigView::Field& field : view.fields()) {
      parameters.push_back({field.name, std::string(field.doc.unit),
                            std::string(field.doc.description), std::string(field.doc.source),
                            field.constraint, text_of(field.value())});
    }
    return parameters;
  });
}

double Machine::area_mm2() const {
  return translated([&] { return energy_of(impl_->config).area_mm2_by_group().sum(); });
}

std::map<std::string, double> Machine::area_by_unit_mm2() const {
  return translated([&] {
    const auto areas = energy_of(impl_->config).area_mm2_by_group();
    return std::map<std::string, double>(areas.begin(), areas.end());
  });
}

long long Machine::multipliers() const { return impl_->config.machine.multipliers(); }

}  // namespace esc
