// Kernels, strides and paddings as convolutions and pools of ONNX have them.
#pragma once

#include <vector>

#include "workloads/graph.h"
#include "workloads/onnx/network.h"
#include "workloads/onnx/node.h"

namespace escalate {

/// Two numbers, for rows and columns, from an attribute; those of a map of one row have one.
std::vector<int> two_of(const OnnxNode& node, const char* attribute, std::vector<int> otherwise,
                        std::size_t rank);

/// Kernel size (from the attribute or `kernel`), strides, dilations and paddings over a map of
/// `h` x `w` that has `rank` dimensions in the file.
Window window_of(const OnnxNode& node, std::vector<int> kernel, std::size_t rank, int h, int w);

/// Adds what is padded before a window reads a map.
void add_sides(const OnnxNode& node, const std::array<int, 4>& sides, Window& window);

}  // namespace escalate
