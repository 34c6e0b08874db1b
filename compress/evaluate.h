// How often a network is right, and how many of the values that its layers read are not zero.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/json.h"
#include "workloads/graph.h"
#include "workloads/inputs.h"

namespace escalate {

struct EvaluateOptions {
  std::int64_t first = 0;   ///< index of the first image
  std::int64_t images = 1;  ///< how many
  int jobs = 1;             ///< images that run at a time; the result does not depend on it
  std::function<void(std::int64_t)> progress = {};  ///< told how many images are done
  /// Outputs are compared with those of this network, too: the original of a compressed one.
  const Graph* original = nullptr;
  /// Given the outputs of each image in floating point, in the order of Graph::output_nodes(); one
  /// image at a time, in any order.
  std::function<void(std::int64_t image, const std::vector<const Tensor*>& outputs)> on_outputs =
      {};
};

/// Images whose label is the largest output, or among the five largest (of equal ones the first).
struct Score {
  std::int64_t top1 = 0, top5 = 0;
};

/// Relative errors of a tensor over all images, as roots of mean squares: what is missed over what
/// is expected. Those that do not apply are not there.
struct TensorError {
  std::optional<double> integer;   ///< int8 against the same network in floating point
  std::optional<double> real;      ///< this network against the original, both in floating point
  std::optional<double> combined;  ///< int8 against the original in floating point
};

/// An output of the network.
struct OutputError {
  std::string name;
  Shape shape;
  TensorError error;
};

/// What a weighted layer reads and makes, over all images.
struct LayerInput {
  std::string name;
  LayerForm form = LayerForm::kUnset;
  int terms = 0;  ///< M; 0 unless decomposed
  Shape shape;
  std::int64_t macs = 0;                  ///< dense, of one image
  double density = 0;                     ///< non-zero share in floating point
  std::optional<double> integer_density;  ///< and as int8
  TensorError error;                      ///< of its output, a fused ReLU or clip included
};

struct Evaluation {
  std::string network;
  std::int64_t images = 0;
  std::int64_t labelled = 0;  ///< images that have a label
  Score real;
  std::optional<Score> integer;      ///< score of a calibrated network
  std::vector<int> classes;          ///< largest output in floating point, by image
  std::vector<int> integer_classes;  ///< and as int8
  std::vector<LayerInput> layers;    ///< weighted ones, in order
  std::vector<OutputError> outputs;  ///< of the network, in order

  std::int64_t same_class() const;  ///< images of one class in both
  /// Non-zero share of layer inputs, weighted with the layers' dense MACs.
  double density() const;
  double integer_density() const;
};

/// Runs a network in floating point (decomposed layers with the weights they stand for) and, where
/// it is calibrated, by its integer semantics. Tensors are compared with those of the same name of
/// an original. Inputs that are int8 steps run in both if it is
/// calibrated. Throws UserError for a network without weights, images the input does not have,
/// labels that the network has no output for, and an original of another input or other outputs.
Evaluation evaluate(const Graph& graph, const InputSource& images, const EvaluateOptions& options);

/// JSON of the result (docs/file-formats.md).
Json evaluation_json(const Evaluation& evaluation);

}  // namespace escalate
