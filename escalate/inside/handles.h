// What the classes of the public headers hold, and the way from our exceptions to theirs.
#pragma once

#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/error.h"
#include "energy/run_config.h"
#include "escalate/escalate.h"
#include "escalate/inside/loaded_network.h"
#include "escalate/inside/run.h"
#include "report/comparison.h"
#include "report/result.h"
#include "sweep/store.h"

namespace esc {

struct Machine::Impl {
  escalate::RunConfig config;
};

struct Network::Impl {
  std::optional<escalate::Graph> trained;           ///< of an ONNX file or compress()
  std::optional<escalate::Graph> drawn_from;        ///< of a workload
  std::optional<escalate::LoadedNetwork> integers;  ///< none: not calibrated
  std::string workload;                             ///< YAML that `drawn_from` is of
  Drawing drawing;
  std::vector<std::string> warnings;

  const escalate::Graph& graph() const { return trained ? *trained : *drawn_from; }
};

struct Images::Impl {
  int count = 0;               ///< 0: as many as a batch has, of files all
  std::string spec;            ///< of files; empty: drawn, or an array
  std::optional<Shape> shape;  ///< of an array
  std::vector<float> reals;
  std::vector<std::int8_t> steps;
  std::vector<int> labels;

  bool is_drawn() const { return spec.empty() && !shape; }
};

struct Program::Impl {
  escalate::Program program;
  escalate::EnergyConfig energy;
  bool is_drawn = false;
  std::string file;        ///< name of the network's or program's file
  std::string drawn_from;  ///< LoadedNetwork
  escalate::HostPart head, tail;
  std::string program_path;  ///< empty: compiled here
  Machine machine;
};

struct Result::Impl {
  escalate::Result result;
  std::vector<Tensor> outputs;
  std::string timeline;  ///< empty: not asked for
};

struct Comparison::Impl {
  escalate::Comparison comparison;
};

struct SweepResult::Impl {
  escalate::StoredSweep sweep;
  std::string label;
};

/// The way into the classes of the public headers.
struct Access {
  template <class Handle>
  static const auto& of(const Handle& handle) {
    return *handle.impl_;
  }
  template <class Handle, class Impl>
  static Handle make(Impl impl) {
    return Handle(std::make_shared<const Impl>(std::move(impl)));
  }
};

/// Images as `network` reads them. `batch`: how many there are if they are drawn and none says how
/// many.
escalate::InputBatch input_batch(const Images& images, const escalate::LoadedNetwork& network,
                                 int batch);
/// The same as a source of real images for a network of that input.
std::unique_ptr<escalate::InputSource> input_source(const Images& images,
                                                    const escalate::Graph& graph);

/// A text that names options of the program ("--pointwise-terms") with the names that they have in
/// the library and in Python (pointwise_terms). What stands in `backquotes` stays.
std::string without_dashes(const std::string& text);

/// Calls `call`; our exceptions come out as Error, without the dashes of the program's options.
template <class Call>
auto translated(Call&& call) {
  try {
    return call();
  } catch (const escalate::UserError& error) {
    const escalate::SourcePlace& place = error.place();
    throw Error(Error::Kind::kUser, without_dashes(error.message()), without_dashes(place.file),
                place.line, without_dashes(place.key));
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    throw Error(Error::Kind::kInternal, error.what());
  }
}

}  // namespace esc
