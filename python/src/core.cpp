// The Python module escalate._core: the classes of escalate/*.h as they are. What makes them
// pleasant in Python (attributes, DataFrames, arrays) is in the package's Python sources.
#include <pybind11/functional.h>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "escalate/escalate.h"
#include "python/src/accelerators.h"
#include "python/src/calls.h"

namespace py = pybind11;
using py::arg;

namespace {

/// [n][C][H][W] of an array of four dimensions.
template <class T>
std::pair<int, esc::Shape> shape_of(const py::array_t<T>& array) {
  if (array.ndim() != 4) {
    throw esc::Error(esc::Error::Kind::kUser, "expected an array of four dimensions, [n][C][H][W]",
                     "", 0, "images");
  }
  const auto extent = [&](int i) { return static_cast<int>(array.shape(i)); };
  return {extent(0), {extent(1), extent(2), extent(3)}};
}

template <class T>
std::vector<T> values_of(const py::array_t<T, py::array::c_style>& array) {
  return {array.data(), array.data() + array.size()};
}

py::array_t<std::int8_t> array_of(const esc::Tensor& tensor) {
  py::array_t<std::int8_t> array({tensor.shape.c, tensor.shape.h, tensor.shape.w});
  std::copy(tensor.values.begin(), tensor.values.end(), array.mutable_data());
  return array;
}

py::object new_exception(const char* name, const char* doc, PyObject* base) {
  return py::reinterpret_steal<py::object>(PyErr_NewExceptionWithDoc(name, doc, base, nullptr));
}

void bind_errors(py::module_& module) {
  const py::object error =
      new_exception("escalate.Error",
                    "An error of the simulator: message, file, line and key say what and where.",
                    PyExc_RuntimeError);
  // They live as long as the interpreter: the translator below is never taken away.
  static const py::handle user =
      new_exception("escalate.UserError", "What was given is wrong.", error.ptr()).release();
  static const py::handle internal =
      new_exception("escalate.InternalError",
                    "An invariant of the simulator is broken, or an output differs from its check.",
                    error.ptr())
          .release();
  module.attr("Error") = error;
  module.attr("UserError") = user;
  module.attr("InternalError") = internal;
  py::register_exception_translator([](std::exception_ptr thrown) {
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const esc::Error& e) {
      const py::handle type = e.kind() == esc::Error::Kind::kUser ? user : internal;
      const py::object made = type(py::str(e.what()));
      made.attr("message") = e.message();
      made.attr("file") = e.file();
      made.attr("line") = e.line();
      made.attr("key") = e.key();
      PyErr_SetObject(type.ptr(), made.ptr());
    }
  });
}

void bind_machine(py::module_& module) {
  py::class_<esc::Parameter>(module, "Parameter")
      .def_readonly("name", &esc::Parameter::name)
      .def_readonly("unit", &esc::Parameter::unit)
      .def_readonly("meaning", &esc::Parameter::meaning)
      .def_readonly("source", &esc::Parameter::source)
      .def_readonly("range", &esc::Parameter::range)
      .def_readonly("value", &esc::Parameter::value);
  py::class_<esc::Machine>(module, "Machine")
      .def(py::init<>())
      .def(py::init<const esc::Machine&>())
      .def_static("from_yaml", &esc::Machine::from_yaml, arg("path"))
      .def_static("from_yaml_text", &esc::Machine::from_yaml_text, arg("text"), arg("name"))
      .def("set", [](esc::Machine& machine, const std::string& key,
                     const std::string& value) { machine.set(key, value); })
      .def("get", &esc::Machine::get)
      .def("validate", &esc::Machine::validate)
      .def("to_yaml", &esc::Machine::to_yaml)
      .def("describe", &esc::Machine::describe)
      .def("area_mm2", &esc::Machine::area_mm2)
      .def("area_by_unit_mm2", &esc::Machine::area_by_unit_mm2)
      .def("multipliers", &esc::Machine::multipliers);
}

void bind_networks(py::module_& module) {
  py::class_<esc::Images>(module, "Images")
      .def(py::init<>())
      .def_static("drawn", &esc::Images::drawn, arg("count"))
      .def_static("from_int8",
                  [](const py::array_t<std::int8_t, py::array::c_style>& array) {
                    const auto [n, shape] = shape_of<std::int8_t>(array);
                    return esc::Images::from_int8(values_of<std::int8_t>(array), n, shape);
                  })
      .def_static("from_float",
                  [](const py::array_t<float, py::array::c_style>& array) {
                    const auto [n, shape] = shape_of<float>(array);
                    return esc::Images::from_float(values_of<float>(array), n, shape);
                  })
      .def_static("from_files", &esc::Images::from_files, arg("what"), arg("count"))
      .def("with_labels", &esc::Images::with_labels);

  py::class_<esc::Evaluation>(module, "Evaluation")
      .def_readonly("images", &esc::Evaluation::images)
      .def_readonly("labelled", &esc::Evaluation::labelled)
      .def_readonly("top1", &esc::Evaluation::top1)
      .def_readonly("top1_int8", &esc::Evaluation::top1_int8)
      .def_readonly("input_density", &esc::Evaluation::input_density);

  py::class_<esc::LayerInfo>(module, "LayerInfo")
      .def_readonly("name", &esc::LayerInfo::name)
      .def_property_readonly("input",
                             [](const esc::LayerInfo& layer) {
                               return py::make_tuple(layer.in.c, layer.in.h, layer.in.w);
                             })
      .def_property_readonly("output",
                             [](const esc::LayerInfo& layer) {
                               return py::make_tuple(layer.out.c, layer.out.h, layer.out.w);
                             })
      .def_readonly("r", &esc::LayerInfo::r)
      .def_readonly("s", &esc::LayerInfo::s)
      .def_readonly("groups", &esc::LayerInfo::groups)
      .def_readonly("macs", &esc::LayerInfo::macs);

  const auto drawing = [](std::optional<std::uint64_t> seed, int terms, int pointwise_terms) {
    return esc::Drawing{seed, terms, pointwise_terms};
  };
  py::class_<esc::Network>(module, "Network")
      .def_static(
          "from_onnx",
          [](const std::string& path, const std::optional<std::tuple<int, int, int>>& input_shape,
             std::vector<std::string> outputs) {
            esc::Reading what{std::nullopt, std::move(outputs)};
            if (input_shape) what.input_shape = std::make_from_tuple<esc::Shape>(*input_shape);
            return esc::Network::from_onnx(path, what);
          })
      .def_static("from_yaml",
                  [=](const std::string& path, std::optional<std::uint64_t> seed, int terms,
                      int pointwise) {
                    return esc::Network::from_yaml(path, drawing(seed, terms, pointwise));
                  })
      .def_static("from_layer",
                  [=](const std::string& layer, std::optional<std::uint64_t> seed, int terms,
                      int pointwise) {
                    return esc::Network::from_layer(layer, drawing(seed, terms, pointwise));
                  })
      .def_static("from_zoo",
                  [=](const std::string& name, std::optional<std::uint64_t> seed, int terms,
                      int pointwise) {
                    return esc::Network::from_zoo(name, drawing(seed, terms, pointwise));
                  })
      .def_static("zoo", &esc::Network::zoo)
      .def("name", &esc::Network::name)
      .def("input_shape",
           [](const esc::Network& network) {
             const esc::Shape shape = network.input_shape();
             return py::make_tuple(shape.c, shape.h, shape.w);
           })
      .def("output_shape",
           [](const esc::Network& network) {
             const esc::Shape shape = network.output_shape();
             return py::make_tuple(shape.c, shape.h, shape.w);
           })
      .def("is_calibrated", &esc::Network::is_calibrated)
      .def("layers", &esc::Network::layers)
      .def("warnings", &esc::Network::warnings)
      .def("compress",
           [](const esc::Network& network, int basis, int pointwise_terms, double density,
              std::vector<std::string> direct, const std::optional<esc::Images>& calibration,
              std::int64_t calibration_images, bool refit, int jobs, bool requantize,
              const std::string& coefficient_pattern, const std::string& weight_pattern,
              bool fold_strides) {
             esc::CompressOptions options;
             options.basis = basis;
             options.pointwise_terms = pointwise_terms;
             options.density = density;
             options.direct = std::move(direct);
             options.calibration = calibration;
             options.calibration_images = calibration_images;
             options.refit = refit;
             options.requantize = requantize;
             options.jobs = jobs;
             options.coefficient_pattern = coefficient_pattern;
             options.weight_pattern = weight_pattern;
             options.fold_strides = fold_strides;
             return interruptible([&] { return network.compress(options); });
           })
      .def("evaluate",
           [](const esc::Network& network, const esc::Images& images, int jobs) {
             return interruptible([&] { return network.evaluate(images, jobs); });
           })
      .def("workload", &esc::Network::workload)
      .def("with_scaling", &esc::Network::with_scaling, arg("mean"), arg("deviation"),
           arg("is_bgr"))
      .def("save_onnx", &esc::Network::save_onnx);

  py::class_<esc::Program>(module, "Program")
      .def_static("load", &esc::Program::load)
      .def("save", &esc::Program::save)
      .def("name", &esc::Program::name)
      .def("machine", &esc::Program::machine)
      .def("batch", &esc::Program::batch)
      .def("disassemble", &esc::Program::disassemble);
  module.def(
      "compile",
      [](const esc::Network& network, const esc::Machine& machine, int batch) {
        return interruptible([&] { return esc::compile(network, machine, batch); });
      },
      arg("network"), arg("machine"), arg("batch"));
}

void bind_results(py::module_& module) {
  py::class_<esc::LayerResult>(module, "LayerResult")
      .def_readonly("name", &esc::LayerResult::name)
      .def_readonly("kind", &esc::LayerResult::kind)
      .def_readonly("bound_by", &esc::LayerResult::bound_by)
      .def_readonly("cycles", &esc::LayerResult::cycles)
      .def_readonly("macs_dense", &esc::LayerResult::macs_dense)
      .def_readonly("energy_j", &esc::LayerResult::energy_j)
      .def_readonly("counters", &esc::LayerResult::counters)
      .def_readonly("energy_by_component_j", &esc::LayerResult::energy_by_component_j)
      .def_readonly("limits", &esc::LayerResult::limits)
      .def_readonly("utilization", &esc::LayerResult::utilization);
  py::class_<esc::Result>(module, "Result")
      .def_static("load", &esc::Result::load)
      .def("accelerator", &esc::Result::accelerator)
      .def("network", &esc::Result::network)
      .def("images", &esc::Result::images)
      .def("cycles", &esc::Result::cycles)
      .def("seconds", &esc::Result::seconds)
      .def("energy_j", &esc::Result::energy_j)
      .def("edp_js", &esc::Result::edp_js)
      .def("power_w", &esc::Result::power_w)
      .def("area_mm2", &esc::Result::area_mm2)
      .def("area_by_unit_mm2", &esc::Result::area_by_unit_mm2)
      .def("energy_by_component_j", &esc::Result::energy_by_component_j)
      .def("layers", &esc::Result::layers)
      .def("counters", &esc::Result::counters)
      .def("bound_by", &esc::Result::bound_by)
      .def("outputs",
           [](const esc::Result& result) {
             py::list outputs;
             for (const esc::Tensor& tensor : result.outputs()) outputs.append(array_of(tensor));
             return outputs;
           })
      .def("classes", &esc::Result::classes)
      .def("top1", &esc::Result::top1)
      .def("checked_outputs", &esc::Result::checked_outputs)
      .def("timeline", &esc::Result::timeline)
      .def("to_json", &esc::Result::to_json)
      .def("text", &esc::Result::text)
      .def("write", &esc::Result::write);
  module.def("write", &esc::write, arg("results"), arg("path"));
  module.def("simulate", [](const esc::Program& program, const esc::Images& images,
                            const std::string& view, const std::string& verify, std::uint64_t seed,
                            std::vector<std::string> layers, int jobs, bool timeline,
                            py::object progress) {
    esc::SimulateOptions options;
    options.timeline = timeline;
    options.view = view == "cycle" ? esc::View::kCycle : esc::View::kTransaction;
    options.verify = verify == "all"    ? esc::Verify::kAll
                     : verify == "none" ? esc::Verify::kNone
                                        : esc::Verify::kSample;
    options.seed = seed;
    options.layers = std::move(layers);
    options.jobs = jobs;
    Raised raised;
    if (!progress.is_none()) options.progress = raised.call<std::int64_t>(progress);
    return interruptible([&] { return esc::simulate(program, images, options); }, raised);
  });
}

void bind_comparisons(py::module_& module) {
  py::class_<esc::Advantage>(module, "Advantage")
      .def_readonly("speedup", &esc::Advantage::speedup)
      .def_readonly("energy", &esc::Advantage::energy);
  py::class_<esc::Comparison>(module, "Comparison")
      .def("results", &esc::Comparison::results)
      .def("total", &esc::Comparison::total)
      .def("text", &esc::Comparison::text)
      .def("to_json", &esc::Comparison::to_json)
      .def("write", &esc::Comparison::write);
  module.def("accelerators", &esc::accelerators);
  module.def("compare", [](const esc::Network& network, const esc::Machine& machine,
                           const esc::Images& images, std::vector<std::string> against,
                           const std::string& iso, std::vector<std::string> plugins,
                           const std::vector<py::object>& own, int batch, int jobs) {
    esc::CompareOptions options;
    options.against = std::move(against);
    options.iso = iso == "mac"    ? esc::Iso::kMac
                  : iso == "area" ? esc::Iso::kArea
                  : iso == "sram" ? esc::Iso::kSram
                                  : esc::Iso::kNone;
    options.plugins = std::move(plugins);
    const Raised raised;
    for (const py::object& one : own) {
      options.accelerators.push_back(maker_of(one, raised));
    }
    options.batch = batch;
    options.jobs = jobs;
    return interruptible([&] { return esc::compare(network, machine, images, options); }, raised);
  });
}

void bind_ablations(py::module_& module) {
  py::class_<esc::AblationRun>(module, "AblationRun")
      .def_readonly("name", &esc::AblationRun::name)
      .def_readonly("meaning", &esc::AblationRun::meaning)
      .def_readonly("cycles", &esc::AblationRun::cycles)
      .def_readonly("cycles_by_layer", &esc::AblationRun::cycles_by_layer);
  py::class_<esc::Ablation>(module, "Ablation")
      .def("runs", &esc::Ablation::runs)
      .def("text", &esc::Ablation::text)
      .def("to_json", &esc::Ablation::to_json)
      .def("write", &esc::Ablation::write);
  module.def("ablate", [](const esc::Network& network, const esc::Machine& machine,
                          const esc::Images& images, std::vector<std::string> layers,
                          std::uint64_t seed, int jobs, py::object progress) {
    esc::AblateOptions options;
    options.layers = std::move(layers);
    options.seed = seed;
    options.jobs = jobs;
    const Raised raised;
    if (!progress.is_none()) {
      options.progress = raised.call<std::int64_t, std::int64_t>(progress);
    }
    return interruptible([&] { return esc::ablate(network, machine, images, options); }, raised);
  });
}

void bind_sweeps(py::module_& module) {
  py::class_<esc::SweepPoint>(module, "SweepPoint")
      .def_readonly("number", &esc::SweepPoint::number)
      .def_readonly("workload", &esc::SweepPoint::workload)
      .def_readonly("choice", &esc::SweepPoint::choice)
      .def_readonly("status", &esc::SweepPoint::status)
      .def_readonly("reason", &esc::SweepPoint::reason)
      .def_readonly("values", &esc::SweepPoint::values)
      .def_readonly("on_front", &esc::SweepPoint::on_front);
  py::class_<esc::SweepResult>(module, "SweepResult")
      .def("points", &esc::SweepResult::points)
      .def("text", &esc::SweepResult::text)
      .def("to_json", &esc::SweepResult::to_json)
      .def("write", &esc::SweepResult::write);
  module.def("sweep", [](const std::string& specification, const std::string& store, int jobs,
                         bool retry_failed, py::object progress) {
    esc::SweepOptions options;
    options.store = store;
    options.jobs = jobs;
    options.retry_failed = retry_failed;
    Raised raised;
    if (!progress.is_none()) {
      options.progress = raised.call<std::int64_t, std::int64_t>(progress);
    }
    return interruptible([&] { return esc::sweep(specification, options); }, raised);
  });
}

void bind_charts(py::module_& module) {
  const auto width_of = [](bool is_wide) {
    return is_wide ? esc::ChartWidth::kPage : esc::ChartWidth::kColumn;
  };
  module.def("charts", &esc::charts);
  module.def(
      "chart",
      [=](const std::string& name, const std::vector<esc::Result>& results, bool is_wide) {
        return esc::chart(name, results, width_of(is_wide));
      },
      arg("name"), arg("results"), arg("is_wide"));
  module.def(
      "sweep_chart",
      [=](const std::string& name, const esc::SweepResult& sweep, bool is_wide) {
        return esc::chart(name, sweep, width_of(is_wide));
      },
      arg("name"), arg("sweep"), arg("is_wide"));
}

}  // namespace

PYBIND11_MODULE(_core, module) {
  module.doc() = "The C++ library of the ESCALATE simulator";
  module.def("version", &esc::version);
  bind_errors(module);
  bind_machine(module);
  bind_networks(module);
  bind_results(module);
  bind_layer(module);
  bind_comparisons(module);
  bind_ablations(module);
  bind_sweeps(module);
  bind_charts(module);
}
