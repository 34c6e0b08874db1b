// What stands as NETWORK on a command line: an ONNX file, a YAML workload, a compiled program, or
// one layer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/common_options.h"
#include "apps/image_options.h"
#include "apps/input_shape.h"
#include "compiler/program.h"
#include "energy/run_config.h"
#include "escalate/inside/loaded_network.h"
#include "workloads/graph.h"
#include "workloads/inputs.h"
#include "workloads/integer_network.h"

namespace escalate {

/// Options of the commands that take a network and images.
struct NetworkOptions {
  std::string layer;               ///< --layer: in place of a file
  int terms = 6;                   ///< --terms
  int pointwise_terms = 1;         ///< --pointwise-terms
  double coefficient_density = 0;  ///< --coefficient-density; 0: the workload's
  double weight_density = 0;       ///< --weight-density; 0: the workload's
  double activation_density = 0;   ///< --activation-density; 0: the workload's
  ImageOptions images;             ///< --mean, --std, --channels
  InputShapeOption input_shape;

  /// Adds --layer and what add_drawing_to() does.
  void add_network_to(CommandLine& line);
  /// Adds --terms, --pointwise-terms, --coefficient-density, --weight-density,
  /// --activation-density and --input-shape.
  void add_drawing_to(CommandLine& line);
  /// Whether one of the densities was given.
  bool has_density() const;
};

/// Reads what `line` names: its one operand or `--layer`. With a density given, the values of an
/// ONNX file are drawn onto its shapes (drawn_shapes()). Warnings go to standard error unless
/// `options.quiet`. UserError if it is none of these, or an ONNX network that is not calibrated.
LoadedNetwork load_network(const CommandLine& line, const CommonOptions& options,
                           const NetworkOptions& network_options);

/// The same for the file `path`. Where there is none, the UserError names networks of the zoo that
/// may have been meant.
LoadedNetwork load_network(const std::string& path, const CommonOptions& options,
                           const NetworkOptions& network_options);

/// UserError that names the first option of drawing that was given: the networks are not drawn.
void refuse_drawing(const CommandLine& line);

/// A trained network in a file of its own. UserError, too, for a workload or a program, which hold
/// no weights to read. Warnings go to standard error unless `quiet`.
Graph read_trained_network(const std::string& path, const InputShapeOption& input_shape,
                           bool quiet);

/// A YAML workload, or the layer of `--layer`, with the densities that options ask for. They change
/// only layers for which the workload asks for less than 1.
Graph read_workload(const std::string& path, const NetworkOptions& network_options);

/// The machine and energy of `--arch` and `--set`. With a program the machine is the program's, and
/// what asks for another one is a UserError.
RunConfig load_run_config(const CommonOptions& options, const std::optional<Program>& program);

/// Whether load_images() draws images from a seed.
bool draws_images(const LoadedNetwork& loaded, const CommonOptions& options);

/// The images of `--input`, `options.images` of them; without `--input` drawn ones. UserError, too,
/// if one of the options would have no effect: `--input` where the network's input is drawn, those
/// of pixels where none are read.
InputBatch load_images(const LoadedNetwork& loaded, const CommonOptions& options,
                       const NetworkOptions& network_options);

}  // namespace escalate
