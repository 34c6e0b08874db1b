// Networks read from files and made ready to run, and the images that they run on.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compiler/program.h"
#include "workloads/draw.h"
#include "workloads/graph.h"
#include "workloads/inputs.h"
#include "workloads/integer_network.h"
#include "workloads/onnx/reader.h"

namespace escalate {

/// A network ready to compile, or a program that was.
struct LoadedNetwork {
  IntegerNetwork network;
  std::optional<Program> program;
  bool is_drawn = false;   ///< values are drawn from densities, the input's too
  std::string file;        ///< its name, or "--layer SPEC"
  std::string drawn_from;  ///< drawn_digest(); empty: not drawn, or not known from what
  HostPart head, tail;     ///< what the host computes of the network's file
};

/// Images as a network reads them.
struct InputBatch {
  std::vector<Activations> images;
  std::vector<std::optional<int>> labels;  ///< one for each image
};

/// How networks are read.
struct NetworkReading {
  DrawOptions draw;                              ///< `seed` also of images that are drawn
  OnnxOptions onnx;                              ///< of ONNX files
  std::function<void(const std::string&)> warn;  ///< called with each warning; empty: nobody hears
};

/// Whether it is a YAML workload, by the ending of its name or as one of the zoo (is_zoo_name()).
bool is_workload(const std::string& path);

/// The name of the network's file, without folders.
std::string network_file_name(const std::string& path);

/// UserError unless the file is there or the zoo has a network of that name; it names networks of
/// the zoo that may have been meant.
void check_there(const std::string& path);

/// UserError unless the names of the network and its layers are UTF-8, as results are.
void check_names(const std::string& path, const Graph& graph);
void check_names(const std::string& path, const IntegerNetwork& network);

/// A trained network from an ONNX file; images go through its head (open_images()). UserError, too,
/// for a workload or a program, which hold no weights to read.
Graph read_trained_network(const std::string& path, const NetworkReading& reading);

/// Draws the values of a workload's layers. `name` stands for the file in errors: also a UserError
/// if memory does not hold them.
LoadedNetwork drawn_network(const std::string& name, const Graph& graph,
                            const NetworkReading& reading);

/// The integers of a calibrated network. UserError if it is not calibrated.
LoadedNetwork calibrated_network(const std::string& path, const Graph& graph,
                                 const NetworkReading& reading);

/// A YAML workload, drawn, or a calibrated ONNX network. UserError if the file is neither.
LoadedNetwork read_network(const std::string& path, const NetworkReading& reading);

/// The first `count` images of `source` as the network's input. UserError if it has fewer.
InputBatch read_images(const InputSource& source, const IntegerNetwork& network, int count);

/// `count` images drawn from the network's seed, or its drawn input.
InputBatch drawn_input(const IntegerNetwork& network, int count);

}  // namespace escalate
