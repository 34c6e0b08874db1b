#include "python/src/accelerators.h"

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace py = pybind11;
namespace plugin = esc::plugin;

namespace {

/// A layer while run() runs.
struct GivenLayer {
  const plugin::Layer* layer;  ///< none afterwards

  const plugin::Layer& get() const {
    if (layer == nullptr) throw py::value_error("a layer is known while run() runs, not after");
    return *layer;
  }
};

void fill(bool* to, const plugin::Nonzeros& bits) {
  for (std::int64_t i = 0; i < bits.size(); ++i) to[i] = bits.at(i);
}

py::array_t<bool> weights_of(const GivenLayer& given) {
  const plugin::Layer& layer = given.get();
  py::array_t<bool> array({layer.out_c, layer.in_c / layer.groups, layer.r, layer.s});
  fill(array.mutable_data(), layer.weights);
  return array;
}

py::array_t<bool> inputs_of(const GivenLayer& given) {
  const plugin::Layer& layer = given.get();
  py::array_t<bool> array({int(layer.inputs.size()), layer.in_c, layer.in_h, layer.in_w});
  bool* to = array.mutable_data();
  for (const plugin::Nonzeros& image : layer.inputs) {
    fill(to, image);
    to += image.size();
  }
  return array;
}

/// A parameter's value, and the attribute it is in Python.
struct Cell {
  std::string name;
  std::variant<bool, std::int64_t, double> value;
};

class PythonAccelerator : public plugin::Accelerator {
 public:
  /// With the lock held. `object` is this accelerator's alone.
  PythonAccelerator(py::object object, const Raised& raised)
      : object_(Raised::held(std::move(object))), raised_(raised) {
    for (const auto& [name, value] : object_->attr("_parameters")().cast<py::dict>()) {
      cells_.push_back({name.cast<std::string>(), value.cast<decltype(Cell::value)>()});
    }
  }

  std::string name() const override { return get<std::string>("name"); }
  std::string title() const override {
    const auto title = get<std::string>("title");
    return title.empty() ? name() : title;
  }
  std::vector<plugin::Parameter> parameters() override {
    constexpr double kMost = 1e15;
    std::vector<plugin::Parameter> list;
    for (Cell& cell : cells_) {
      std::visit(
          [&](auto& value) {
            list.push_back(
                {cell.name, "", "attribute of the accelerator", "given", &value, -kMost, kMost});
          },
          cell.value);
    }
    return list;
  }
  std::int64_t multipliers() const override { return get<std::int64_t>("multipliers"); }
  plugin::Skips skips() const override {
    const auto skips = get<std::string>("skips");
    if (skips == "nothing") return plugin::Skips::kNothing;
    if (skips == "zero activations") return plugin::Skips::kZeroActivations;
    if (skips == "all zeros") return plugin::Skips::kAllZeros;
    return raised_.guarded([&]() -> plugin::Skips {
      throw py::value_error("skips: expected nothing, zero activations or all zeros, got " + skips);
    });
  }
  int word_bits() const override { return get<int>("word_bits"); }
  int batch() const override { return get<int>("batch"); }
  std::vector<plugin::Part> parts() const override;
  plugin::Run run(const plugin::Layer& layer) const override;

  void set_activation_bytes(std::int64_t bytes) override { change("set_activation_bytes", bytes); }
  void set_batch(int images) override { change("set_batch", images); }
  std::int64_t multipliers_of_unit() const override {
    return get<std::int64_t>("multipliers_of_unit");
  }
  void set_units(int units) override { change("set_units", units); }
  std::int64_t activation_bytes() const override { return get<std::int64_t>("activation_bytes"); }

 private:
  /// Calls `call` with the object, whose attributes are what the parameters are now.
  template <class Call>
  auto with_object(Call&& call) const {
    return raised_.guarded([&] {
      for (const Cell& cell : cells_) {
        std::visit([&](const auto& value) { object_->attr(cell.name.c_str()) = value; },
                   cell.value);
      }
      return call(*object_);
    });
  }
  template <class Value>
  Value get(const char* attribute) const {
    return with_object(
        [&](const py::object& object) { return object.attr(attribute).template cast<Value>(); });
  }
  /// Calls a method that may change attributes.
  void change(const char* method, std::int64_t value) {
    with_object([&](const py::object& object) {
      object.attr(method)(value);
      for (Cell& cell : cells_) {
        cell.value = object.attr(cell.name.c_str()).cast<decltype(Cell::value)>();
      }
    });
  }

  std::shared_ptr<py::object> object_;
  Raised raised_;
  std::vector<Cell> cells_;
};

std::vector<plugin::Part> PythonAccelerator::parts() const {
  using Use = std::tuple<std::string, std::string, double>;
  using Told = std::tuple<std::string, std::string, std::string, std::map<std::string, double>,
                          std::int64_t, std::vector<Use>>;
  return with_object([](const py::object& object) {
    std::vector<plugin::Part> parts;
    for (auto& [name, group, kind, attributes, count, uses] :
         object.attr("_parts")().cast<std::vector<Told>>()) {
      plugin::Part part{name, group, kind, attributes, count, {}};
      for (const auto& [action, counter, actions] : uses) {
        part.uses.push_back({action, counter, actions});
      }
      parts.push_back(std::move(part));
    }
    return parts;
  });
}

plugin::Run PythonAccelerator::run(const plugin::Layer& layer) const {
  using Counts = std::map<std::string, std::int64_t>;
  using Told = std::tuple<std::int64_t, std::int64_t, Counts, std::int64_t, std::int64_t, Counts>;
  return with_object([&](const py::object& object) {
    const auto given = std::make_shared<GivenLayer>(GivenLayer{&layer});
    const std::shared_ptr<void> end(nullptr, [&](void*) { given->layer = nullptr; });
    plugin::Run run;
    std::tie(run.compute_cycles, run.macs, run.idle_multiplier_cycles, run.dram_read_bytes,
             run.dram_written_bytes, run.counters) = object.attr("_run")(given).cast<Told>();
    return run;
  });
}

}  // namespace

void bind_layer(py::module_& module) {
  const auto number = [](auto member) {
    return [member](const GivenLayer& given) { return given.get().*member; };
  };
  using plugin::Layer;
  py::class_<GivenLayer, std::shared_ptr<GivenLayer>>(
      module, "Layer",
      "A layer of convolution, fully connected (H = W = 1) or depthwise, while run() of an "
      "Accelerator runs.")
      .def_property_readonly("name", number(&Layer::name), "Its name in the network.")
      .def_property_readonly("kind", number(&Layer::kind), "\"conv\", \"depthwise\" or \"fc\".")
      .def_property_readonly("C", number(&Layer::in_c), "Input channels.")
      .def_property_readonly("H", number(&Layer::in_h), "Height of the input.")
      .def_property_readonly("W", number(&Layer::in_w), "Width of the input.")
      .def_property_readonly("K", number(&Layer::out_c), "Output channels.")
      .def_property_readonly("P", number(&Layer::out_h), "Height of the output.")
      .def_property_readonly("Q", number(&Layer::out_w), "Width of the output.")
      .def_property_readonly("R", number(&Layer::r), "Height of the kernel.")
      .def_property_readonly("S", number(&Layer::s), "Width of the kernel.")
      .def_property_readonly("groups", number(&Layer::groups),
                             "Groups of channels; C where it is depthwise.")
      .def_property_readonly(
          "stride",
          [](const GivenLayer& given) {
            const Layer& layer = given.get();
            return std::make_pair(layer.stride_h, layer.stride_w);
          },
          "Of height and width.")
      .def_property_readonly(
          "padding",
          [](const GivenLayer& given) {
            const Layer& layer = given.get();
            return std::make_tuple(layer.pad_top, layer.pad_left, layer.pad_bottom,
                                   layer.pad_right);
          },
          "Top, left, bottom and right.")
      .def_property_readonly(
          "images", [](const GivenLayer& given) { return int(given.get().inputs.size()); },
          "How many run through it.")
      .def_property_readonly("weights", weights_of,
                             "Where weights are not zero: bool, [K][C/groups][R][S].")
      .def_property_readonly("inputs", inputs_of, "Where inputs are not zero: bool, [n][C][H][W].")
      .def_property_readonly("output_nonzeros", number(&Layer::output_nonzeros),
                             "Non-zero outputs, all images together.")
      .def_property_readonly("reads_network_input", number(&Layer::reads_network_input),
                             "Whether it reads what no accelerator has on chip.")
      .def_property_readonly("writes_network_output", number(&Layer::writes_network_output),
                             "Whether it writes what no accelerator keeps there.")
      .def_property_readonly("macs", number(&Layer::macs),
                             "Multiply-accumulates of all images, padding counted.")
      .def_property_readonly(
          "pairs", number(&Layer::pairs),
          "Products that the accelerator's `skips` leaves: what Run.macs has to be.");
}

std::function<std::unique_ptr<plugin::Accelerator>()> maker_of(py::object accelerator,
                                                               const Raised& raised) {
  return [raised, original = Raised::held(std::move(accelerator))] {
    return raised.guarded([&]() -> std::unique_ptr<plugin::Accelerator> {
      return std::make_unique<PythonAccelerator>(
          py::module_::import("copy").attr("copy")(*original), raised);
    });
  };
}
