// Which accelerators there are to compare with. Each machine enters itself: its parameters, its
// variants, what common terms make of it, and what it is resized by.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "baselines/accelerator_model.h"
#include "baselines/shared_parts.h"
#include "common/config.h"

namespace escalate {

/// The parameters of one machine, of a type that its own files know.
class BaselineParameters {
 public:
  virtual ~BaselineParameters() = default;
  virtual std::unique_ptr<BaselineParameters> clone() const = 0;
  /// Throws UserError with the key.
  virtual void validate() const = 0;
  /// Adds all of them to `view`, under `prefix`.
  virtual void add_to(ConfigView& view, const std::string& prefix) = 0;
  virtual Json to_json() const = 0;
};

/// Those of a struct with fields() and validate().
template <class Config>
class ParametersOf : public BaselineParameters {
 public:
  std::unique_ptr<BaselineParameters> clone() const override {
    return std::make_unique<ParametersOf>(*this);
  }
  void validate() const override { config.validate(); }
  void add_to(ConfigView& view, const std::string& prefix) override { view.add(config, prefix); }
  Json to_json() const override { return fields_to_json(config); }

  Config config;
};

/// What machines have in common when they are compared.
struct CommonTerms {
  double clock_mhz = 0;
  SharedParts shared;
  std::int64_t buffer_bytes = 0;  ///< on-chip memory of activations
  int batch = 1;                  ///< images that share a load of weights, where a machine can
};

/// The parts of a machine that its size is changed by.
class BaselineSizes {
 public:
  virtual ~BaselineSizes() = default;
  virtual std::int64_t multipliers_of_unit() const = 0;
  /// Sets the number of units, in the shape that a designer would give it, with ports as wide as
  /// they need; memory of activations stays the same in total.
  virtual void set_units(int units) = 0;
  virtual int most_units() const { return 1024; }
  virtual std::int64_t activation_bytes() const = 0;
  virtual void set_activation_bytes(std::int64_t bytes) = 0;

 protected:
  static int as_int(std::int64_t bytes) {
    return static_cast<int>(std::min<std::int64_t>(bytes, std::numeric_limits<int>::max()));
  }
  /// The rectangle of `units` PEs that is nearest to a square; where it is more than twice as long
  /// as wide, that of the next smaller number.
  static std::pair<int, int> rectangle_of(int units);
  /// Rows and columns of the largest array of at most `pes` PEs, each up to `most`, about as long
  /// for its width as one of `rows` by `columns`.
  static std::pair<int, int> array_of(int pes, int rows, int columns, int most);
};

/// A machine with its variants.
struct Baseline {
  struct Variant {
    std::string name;
    std::function<std::unique_ptr<AcceleratorModel>(const BaselineParameters&)> make;
  };

  std::string name;   ///< also the group of its parameters: "sparten"
  std::string title;  ///< "SparTen"
  int year = 0;       ///< of its paper: machines stand in this order
  bool is_compared_by_default = false;
  std::string also_called = {};  ///< another name of the machine; empty: none
  /// As published.
  std::function<std::unique_ptr<BaselineParameters>()> parameters;
  /// Brings the parameters to common terms.
  std::function<void(BaselineParameters&, const CommonTerms&)> take_terms;
  /// Empty: the machine has one size.
  std::function<std::unique_ptr<BaselineSizes>(BaselineParameters&)> sizes = {};
  std::vector<Variant> variants;  ///< the machine's own first, under its name
};

/// A Baseline whose parameters are a `Config`, from functions that take that type.
template <class Config>
class BaselineOf {
 public:
  BaselineOf(std::string name, std::string title, int year) {
    baseline_.name = std::move(name);
    baseline_.title = std::move(title);
    baseline_.year = year;
    baseline_.parameters = [] { return std::make_unique<ParametersOf<Config>>(); };
  }
  BaselineOf& compared_by_default() {
    baseline_.is_compared_by_default = true;
    return *this;
  }
  BaselineOf& also_called(std::string name) {
    baseline_.also_called = std::move(name);
    return *this;
  }
  BaselineOf& on_common_terms(void (*apply)(Config&, const CommonTerms&)) {
    baseline_.take_terms = [apply](BaselineParameters& parameters, const CommonTerms& terms) {
      apply(static_cast<ParametersOf<Config>&>(parameters).config, terms);
    };
    return *this;
  }
  /// `Sizes` is made from a Config&.
  template <class Sizes>
  BaselineOf& sized_by() {
    baseline_.sizes = [](BaselineParameters& parameters) {
      return std::make_unique<Sizes>(static_cast<ParametersOf<Config>&>(parameters).config);
    };
    return *this;
  }
  /// `Model` is made from a Config that `change` has been at; the first is the machine itself.
  template <class Model>
  BaselineOf& variant(
      std::string name, std::function<void(Config&)> change = [](Config&) {}) {
    baseline_.variants.push_back(
        {std::move(name),
         [change = std::move(change)](
             const BaselineParameters& parameters) -> std::unique_ptr<AcceleratorModel> {
           Config config = static_cast<const ParametersOf<Config>&>(parameters).config;
           change(config);
           return std::make_unique<Model>(config);
         }});
    return *this;
  }
  Baseline take() { return std::move(baseline_); }

 private:
  Baseline baseline_;
};

class BaselineRegistry {
 public:
  /// UserError if the name of the machine or of a variant is taken, be it by ourselves
  /// ("escalate").
  void add(Baseline baseline);

  /// In the order of their years.
  const std::vector<Baseline>& machines() const { return machines_; }
  /// Every machine and variant.
  std::vector<std::string> names() const;
  std::vector<std::string> machine_names() const;
  /// Names that are compared unless others are asked for.
  std::vector<std::string> default_names() const;
  /// The name itself, or that of the machine which is also called so.
  std::string model_name(const std::string& name) const;

  /// The machine that a name, its own or a variant's, belongs to. A UserError with the nearest name
  /// if there is none.
  const Baseline& machine_of(const std::string& name) const;

 private:
  std::vector<Baseline> machines_;
};

/// The machines of this folder. What enters them is found by name when the project is configured
/// (cmake/BaselineList.cmake): `void add_NAME(BaselineRegistry& registry)`.
BaselineRegistry builtin_baselines();

}  // namespace escalate
