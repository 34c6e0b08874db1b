// Part of verify(): whether the tables of a program hold together: data and tensors within their
// memories, layers that make every tensor before it is read.
#pragma once

#include <vector>

#include "compiler/program.h"

namespace escalate {

/// Nodes whose tensors a layer reads, through changes of reading.
std::vector<int> read_nodes(const Program& program, const LayerCode& layer);

/// UserError says what of batch, data, layers and tensors is wrong. The network is taken as valid.
void check_tables(const Program& program);

/// Whether `box` is a part of the tensor's segments, of any image of the batch.
bool is_part_of(const SegmentBox& box, const TensorPlace& place, int batch);

}  // namespace escalate
