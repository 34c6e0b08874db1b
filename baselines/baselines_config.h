// The parameters of all baselines, as their papers have them or brought to common terms, and the
// models by name.
#pragma once

#include <memory>
#include <string>
#include <typeinfo>
#include <vector>

#include "baselines/registry.h"
#include "common/error.h"

namespace escalate {

/// Default: as published, which is what configs/*.yaml say, one file a machine.
/// comparable_baselines() gives those for a comparison. Copies have parameters of their own.
class BaselinesConfig {
 public:
  explicit BaselinesConfig(BaselineRegistry registry = builtin_baselines());
  BaselinesConfig(const BaselinesConfig& other);
  BaselinesConfig& operator=(const BaselinesConfig& other);
  BaselinesConfig(BaselinesConfig&&) noexcept = default;
  BaselinesConfig& operator=(BaselinesConfig&&) noexcept = default;
  ~BaselinesConfig() = default;

  const BaselineRegistry& registry() const { return *registry_; }

  /// Throws UserError with the key.
  void validate() const;
  /// Adds every machine's parameters to `view`, under "<prefix><machine>.".
  void add_to(ConfigView& view, const std::string& prefix);

  /// The parameters of the machine of that name: "eyeriss". A UserError tells of which machine a
  /// variant such as "dcnn-opt" takes its parameters.
  BaselineParameters& of_machine(const std::string& name);
  /// Those that a name, a machine's or a variant's, is made from.
  BaselineParameters& of(const std::string& name);
  const BaselineParameters& of(const std::string& name) const;

  /// Those of the machine whose parameters are a `Config`.
  template <class Config>
  Config& get() {
    for (const std::unique_ptr<BaselineParameters>& one : parameters_) {
      if (auto* typed = dynamic_cast<ParametersOf<Config>*>(one.get())) return typed->config;
    }
    throw InternalError(std::string("no machine has parameters of ") + typeid(Config).name());
  }
  template <class Config>
  const Config& get() const {
    return const_cast<BaselinesConfig&>(*this).get<Config>();
  }

 private:
  std::shared_ptr<const BaselineRegistry> registry_;
  std::vector<std::unique_ptr<BaselineParameters>> parameters_;  ///< one a machine, in its order
};

/// 1024 multipliers each, 8-bit words, and `terms` (docs/baselines.md, "Common terms").
BaselinesConfig comparable_baselines(const CommonTerms& terms,
                                     BaselineRegistry registry = builtin_baselines());

/// Every name that make_baseline() knows of the machines of this folder.
std::vector<std::string> baseline_names();

/// The model of that name. That of a machine ("sparten") is what its parameters say, that of a
/// variant ("sparten-dense") the same with what its name says. A UserError with the nearest name if
/// there is none.
std::unique_ptr<AcceleratorModel> make_baseline(const std::string& name,
                                                const BaselinesConfig& config);

}  // namespace escalate
