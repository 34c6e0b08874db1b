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
};

/// Images whose label is the largest output, or among the five largest (of equal ones the first).
struct Score {
  std::int64_t top1 = 0, top5 = 0;
};

/// What a weighted layer reads, over all images.
struct LayerInput {
  std::string name;
  LayerForm form = LayerForm::kUnset;
  int terms = 0;  ///< M; 0 unless decomposed
  Shape shape;
  std::int64_t macs = 0;                  ///< dense, of one image
  double density = 0;                     ///< non-zero share in floating point
  std::optional<double> integer_density;  ///< and as int8
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

  std::int64_t same_class() const;  ///< images of one class in both
  /// Non-zero share of layer inputs, weighted with the layers' dense MACs.
  double density() const;
  double integer_density() const;
};

/// Runs a network in floating point (decomposed layers with the weights they stand for) and, where
/// it is calibrated, by its integer semantics. Inputs that are int8 steps run in both if it is
/// calibrated. Throws UserError for a network without weights, images the input does not have, and
/// labels that the network has no output for.
Evaluation evaluate(const Graph& graph, const InputSource& images, const EvaluateOptions& options);

/// JSON of the result (docs/file-formats.md).
Json evaluation_json(const Evaluation& evaluation);

}  // namespace escalate
