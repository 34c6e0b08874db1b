// Networks as ordinary ONNX files, decomposed layers as pairs of convolutions.
#pragma once

#include <string>

#include "workloads/graph.h"

namespace escalate {

/// Writes a network as an ONNX file (opset 13, batch N) that any runtime can run and that
/// read_onnx() reads back as the same graph; the file appears whole or not at all. A decomposed
/// layer becomes a combining convolution (1x1, [K*M][C/groups], row k*M+m, ternary), a basis
/// convolution (one group an output channel, the basis times basis_scale repeated) and, where it
/// has channel scales or a bias, a batch norm; metadata says which nodes belong together
/// (docs/file-formats.md). Not stored: seed, npy_files, and `terms` of layers that are not
/// decomposed; a bias of zeros is read back as none. Throws UserError naming the file, and the
/// layer where one is drawn (it has no weights) or holds a value that is not finite.
void write_onnx(const Graph& graph, const std::string& path);

/// The bytes of that file.
std::string onnx_bytes(const Graph& graph);
/// The same, errors as those of write_onnx().
std::string onnx_bytes(const Graph& graph, const std::string& path);

}  // namespace escalate
