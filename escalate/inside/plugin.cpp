#include "escalate/inside/plugin.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <memory>
#include <set>
#include <type_traits>
#include <utility>
#include <variant>

#include "common/error.h"
#include "energy/component_list.h"
#include "escalate/accelerator.h"

namespace escalate {
namespace {

/// A shared object that stays loaded while anything of it is in use.
class SharedObject {
 public:
  explicit SharedObject(const std::string& path)
      : path_(path),
        handle_(::dlopen(std::filesystem::absolute(path).c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) fail(fmt::format("cannot be loaded: {}", last_error()));
  }
  ~SharedObject() { ::dlclose(handle_); }
  SharedObject(const SharedObject&) = delete;
  SharedObject& operator=(const SharedObject&) = delete;

  template <class Function>
  Function* entry(const char* name) const {
    void* address = ::dlsym(handle_, name);
    if (address == nullptr) {
      fail(fmt::format("is no plug-in: it lacks '{}', which ESCALATE_ACCELERATOR defines", name));
    }
    return reinterpret_cast<Function*>(address);
  }
  [[noreturn]] void fail(const std::string& message) const {
    throw UserError({path_, 0, ""}, message);
  }

 private:
  /// What dlopen() says, without the path again.
  std::string last_error() const {
    std::string text = ::dlerror();
    const std::string begin = std::filesystem::absolute(path_).string() + ": ";
    if (text.starts_with(begin)) text.erase(0, begin.size());
    return text;
  }

  std::string path_;
  void* handle_;
};

using Made = std::unique_ptr<esc::plugin::Accelerator>;

/// Makes an accelerator each time it is called.
using Maker = std::function<Made()>;

/// That of the shared object `path`, which it keeps loaded.
Maker maker_of(const std::string& path) {
  const auto object = std::make_shared<const SharedObject>(path);
  const int version = object->entry<int()>("escalate_accelerator_abi")();
  if (version != ESCALATE_ACCELERATOR_ABI) {
    object->fail(
        fmt::format("is of version {} of escalate/accelerator.h, this is version {}: "
                    "build it again",
                    version, ESCALATE_ACCELERATOR_ABI));
  }
  auto* const make = object->entry<esc::plugin::Accelerator*()>("escalate_accelerator_make");
  return [object, make] { return Made(make()); };
}

/// What calls of a plug-in share: its maker, and the faults that become the user's.
class Plugin {
 public:
  /// `place` stands for its file in errors.
  Plugin(std::string place, Maker make) : place_(std::move(place)), make_(std::move(make)) {}

  /// Calls `call`, whatever it throws.
  template <class Call>
  auto guarded(const char* what, Call&& call) const {
    try {
      return call();
    } catch (const std::exception& error) {
      fail(fmt::format("{} threw: {}", what, error.what()));
    } catch (...) {
      fail(fmt::format("{} threw something that is no std::exception", what));
    }
  }
  Made make() const {
    Made made = guarded("its constructor", make_);
    if (made == nullptr) fail("made no accelerator");
    return made;
  }
  [[noreturn]] void fail(const std::string& message) const {
    throw UserError({place_, 0, ""}, message);
  }

 private:
  std::string place_;
  Maker make_;
};

/// The parameters of an accelerator, and those that all have.
class PluginParameters : public BaselineParameters {
 public:
  explicit PluginParameters(std::shared_ptr<const Plugin> plugin)
      : plugin_(std::move(plugin)),
        accelerator_(plugin_->make()),
        parameters_(plugin_->guarded("parameters()", [&] { return accelerator_->parameters(); })) {}

  std::unique_ptr<BaselineParameters> clone() const override {
    auto copy = std::make_unique<PluginParameters>(plugin_);
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      std::visit(
          [&](auto* value) { *std::get<decltype(value)>(copy->parameters_.at(i).value) = *value; },
          parameters_[i].value);
    }
    copy->clock_mhz = clock_mhz;
    copy->shared = shared;
    return copy;
  }

  void validate() const override { shared.validate(); }

  void add_to(ConfigView& view, const std::string& prefix) override {
    for (const esc::plugin::Parameter& one : parameters_) {
      const FieldDoc doc{one.name, one.unit, one.meaning, one.source, one.min, one.max};
      std::visit([&](auto* value) { view.add(prefix + one.name, doc, *value); }, one.value);
    }
    view.add(prefix + "clock_mhz", FieldDoc{"clock_mhz", "MHz", "Clock", "common terms", 1e-3},
             clock_mhz);
    view.add(shared, prefix);
  }

  Json to_json() const override {
    Json json = fields_to_json(shared);
    for (const esc::plugin::Parameter& one : parameters_) {
      std::visit([&](auto* value) { json[one.name] = *value; }, one.value);
    }
    json["clock_mhz"] = clock_mhz;
    return json;
  }

  const std::shared_ptr<const Plugin>& plugin() const { return plugin_; }
  esc::plugin::Accelerator& accelerator() const { return *accelerator_; }

  double clock_mhz = 1000;
  SharedParts shared;

 private:
  std::shared_ptr<const Plugin> plugin_;  // outlives the accelerator
  Made accelerator_;
  std::vector<esc::plugin::Parameter> parameters_;
};

esc::plugin::Nonzeros nonzeros(const BitTensor& bits) { return {bits.words(), bits.size()}; }

esc::plugin::Layer layer_of(const LayerWorkload& layer, Skips skips) {
  esc::plugin::Layer given{
      .name = layer.name, .kind = layer.kind, .weights = nonzeros(layer.weights), .inputs = {}};
  given.in_c = layer.in.c;
  given.in_h = layer.in.h;
  given.in_w = layer.in.w;
  given.out_c = layer.out.c;
  given.out_h = layer.out.h;
  given.out_w = layer.out.w;
  given.groups = layer.groups;
  given.r = layer.window.r;
  given.s = layer.window.s;
  given.stride_h = layer.window.stride_h;
  given.stride_w = layer.window.stride_w;
  given.pad_top = layer.window.pad_top;
  given.pad_left = layer.window.pad_left;
  given.pad_bottom = layer.window.pad_bottom;
  given.pad_right = layer.window.pad_right;
  for (const BitTensor& input : layer.inputs) given.inputs.push_back(nonzeros(input));
  given.output_nonzeros = layer.output_nonzeros;
  given.reads_network_input = layer.reads_network_input;
  given.writes_network_output = layer.writes_network_output;
  given.macs = layer.dense_macs();
  given.pairs = matched_pairs(layer, skips);
  return given;
}

class PluginModel : public AcceleratorModel {
 public:
  explicit PluginModel(const BaselineParameters& parameters)
      : PluginModel(std::unique_ptr<PluginParameters>(
            static_cast<PluginParameters*>(parameters.clone().release()))) {}

  std::string name() const override {
    return ask("name()", [&] { return accelerator().name(); });
  }
  std::int64_t multipliers() const override {
    const std::int64_t number = ask("multipliers()", [&] { return accelerator().multipliers(); });
    if (number < 1) fail(fmt::format("multipliers() gave {}, expected 1 or more", number));
    return number;
  }
  Skips skips() const override {
    switch (ask("skips()", [&] { return accelerator().skips(); })) {
      case esc::plugin::Skips::kNothing:
        return Skips::kNothing;
      case esc::plugin::Skips::kZeroActivations:
        return Skips::kZeroActivations;
      case esc::plugin::Skips::kAllZeros:
        return Skips::kAllZeros;
    }
    fail("skips() gave no esc::plugin::Skips");
  }
  int word_bits() const override {
    return ask("word_bits()", [&] { return accelerator().word_bits(); });
  }
  int batch() const override {
    return ask("batch()", [&] { return accelerator().batch(); });
  }
  Json config() const override { return parameters_->to_json(); }

  MachineComponents components(const CostModel& costs) const override {
    ComponentList list = shared_components(costs, clock_mhz(), parameters_->shared);
    for (const esc::plugin::Part& part : ask("parts()", [&] { return accelerator().parts(); })) {
      std::vector<ActionRule> rules;
      for (const esc::plugin::Use& use : part.uses) {
        rules.push_back(ComponentList::use(use.action, use.counter, use.actions));
      }
      NamedValues<double> attributes;
      for (const auto& [key, value] : part.attributes) attributes[key] = value;
      Component component{part.name, part.group, part.kind, attributes, part.count};
      check_part(component, rules, costs);
      list.add(std::move(component), std::move(rules));
    }
    MachineComponents machine = list.take();
    std::set<std::string> names;
    for (const Component& one : machine.components) {
      if (!names.insert(one.name).second) fail("two parts have the name '" + one.name + "'");
    }
    return machine;
  }

 protected:
  BaselineRun compute(const LayerWorkload& layer, const ProductSink& /*sink*/) const override {
    const esc::plugin::Layer given = layer_of(layer, skips());
    const esc::plugin::Run told = ask("run()", [&] { return accelerator().run(given); });
    BaselineRun run;
    run.compute_cycles = told.compute_cycles;
    run.macs = told.macs;
    for (const auto& [name, cycles] : told.idle_multiplier_cycles) {
      if (cycles < 0)
        broken(fmt::format("layer '{}': {} cycles of '{}'", layer.name, cycles, name));
      run.multiplier_cycles[name] = cycles;
    }
    for (const auto& [name, count] : told.counters) {
      if (count < 0) broken(fmt::format("layer '{}': {} counts of '{}'", layer.name, count, name));
      run.counters[name] = count;
    }
    if (told.dram_read_bytes < 0 || told.dram_written_bytes < 0 || told.compute_cycles < 0) {
      broken(fmt::format("layer '{}': bytes or cycles below 0", layer.name));
    }
    check_charges(told);
    run.counters["dram_read_bytes"] = told.dram_read_bytes;
    run.counters["dram_written_bytes"] = told.dram_written_bytes;
    return run;
  }

  [[noreturn]] void broken(const std::string& message) const override { fail(message); }

 private:
  explicit PluginModel(std::unique_ptr<PluginParameters> parameters)
      : AcceleratorModel(parameters->clock_mhz, parameters->shared),
        parameters_(std::move(parameters)) {}

  esc::plugin::Accelerator& accelerator() const { return parameters_->accelerator(); }
  template <class Call>
  std::invoke_result_t<Call> ask(const char* what, Call&& call) const {
    return parameters_->plugin()->guarded(what, std::forward<Call>(call));
  }
  [[noreturn]] void fail(const std::string& message) const { parameters_->plugin()->fail(message); }

  void check_charges(const esc::plugin::Run& told) const {
    for (const esc::plugin::Part& part : ask("parts()", [&] { return accelerator().parts(); })) {
      for (const esc::plugin::Use& use : part.uses) {
        if (use.counter == "macs" || told.counters.count(use.counter) > 0) continue;
        fail(fmt::format("part '{}' is charged by '{}', which run() does not count", part.name,
                         use.counter));
      }
    }
  }

  /// The plug-in's words for what would be a broken invariant of ours.
  void check_part(const Component& component, const std::vector<ActionRule>& rules,
                  const CostModel& costs) const {
    try {
      costs.cost(component);
      const std::vector<std::string> actions = costs.actions_of(component);
      for (const ActionRule& rule : rules) {
        if (std::find(actions.begin(), actions.end(), rule.action) != actions.end()) continue;
        fail(fmt::format("part '{}' has no action '{}'; expected one of {}", component.name,
                         rule.action, fmt::join(actions, ", ")));
      }
    } catch (const InternalError& error) {
      fail(fmt::format("part '{}': {}", component.name, error.what()));
    }
  }

  std::unique_ptr<PluginParameters> parameters_;
};

class PluginSizes : public BaselineSizes {
 public:
  explicit PluginSizes(PluginParameters& parameters) : parameters_(parameters) {}
  std::int64_t multipliers_of_unit() const override {
    const std::int64_t of_unit = ask("multipliers_of_unit()", &Accelerator::multipliers_of_unit);
    if (of_unit >= 1) return of_unit;
    parameters_.plugin()->fail(
        fmt::format("multipliers_of_unit() gave {}, expected 1 or more", of_unit));
  }
  void set_units(int units) override {
    parameters_.plugin()->guarded("set_units()",
                                  [&] { parameters_.accelerator().set_units(units); });
  }
  std::int64_t activation_bytes() const override {
    return ask("activation_bytes()", &Accelerator::activation_bytes);
  }
  void set_activation_bytes(std::int64_t bytes) override {
    parameters_.plugin()->guarded("set_activation_bytes()",
                                  [&] { parameters_.accelerator().set_activation_bytes(bytes); });
  }

 private:
  using Accelerator = esc::plugin::Accelerator;
  std::int64_t ask(const char* what, std::int64_t (Accelerator::*get)() const) const {
    return parameters_.plugin()->guarded(what, [&] { return (parameters_.accelerator().*get)(); });
  }
  PluginParameters& parameters_;
};

void take_terms(BaselineParameters& parameters, const CommonTerms& terms) {
  auto& own = static_cast<PluginParameters&>(parameters);
  own.clock_mhz = terms.clock_mhz;
  own.shared = terms.shared;
  own.plugin()->guarded("set_activation_bytes()",
                        [&] { own.accelerator().set_activation_bytes(terms.buffer_bytes); });
  own.plugin()->guarded("set_batch()", [&] { own.accelerator().set_batch(terms.batch); });
}

void check_name(const Plugin& plugin, const std::string& name) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  if (!name.empty() && name.find_first_not_of(kAllowed) == std::string::npos) return;
  plugin.fail(
      fmt::format("its name '{}' has other characters than letters, digits, - and _", name));
}

void add(BaselineRegistry& registry, const std::shared_ptr<const Plugin>& plugin) {
  const Made first = plugin->make();
  Baseline baseline;
  baseline.name = plugin->guarded("name()", [&] { return first->name(); });
  check_name(*plugin, baseline.name);
  baseline.title = plugin->guarded("title()", [&] { return first->title(); });
  constexpr int kBehindAllPapers = 9999;
  baseline.year = kBehindAllPapers;
  baseline.is_compared_by_default = true;
  baseline.parameters = [plugin] { return std::make_unique<PluginParameters>(plugin); };
  baseline.take_terms = take_terms;
  const std::int64_t of_unit =
      plugin->guarded("multipliers_of_unit()", [&] { return first->multipliers_of_unit(); });
  if (of_unit > 0) {
    baseline.sizes = [](BaselineParameters& parameters) {
      return std::make_unique<PluginSizes>(static_cast<PluginParameters&>(parameters));
    };
  }
  baseline.variants = {{baseline.name, [](const BaselineParameters& parameters) {
                          return std::make_unique<PluginModel>(parameters);
                        }}};
  try {
    registry.add(std::move(baseline));
  } catch (const UserError& error) {
    plugin->fail(error.message());
  }
}

}  // namespace

void add_plugin(BaselineRegistry& registry, const std::string& path) {
  add(registry, std::make_shared<const Plugin>(path, maker_of(path)));
}

void add_accelerator(BaselineRegistry& registry, const Maker& make) {
  const Plugin unnamed("accelerator", make);
  const Made first = unnamed.make();
  const std::string name = unnamed.guarded("name()", [&] { return first->name(); });
  add(registry, std::make_shared<const Plugin>("accelerator " + name, make));
}

}  // namespace escalate
