#include "compiler/compile.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "common/error.h"
#include "common/interruption.h"
#include "common/math.h"
#include "compiler/conv_layers.h"
#include "compiler/layer_emitter.h"
#include "compiler/layers/machine_layer.h"
#include "compiler/network_steps.h"
#include "compiler/synchronize.h"
#include "compiler/tensor_places.h"
#include "compiler/verify.h"

namespace escalate {
namespace {

// The quarters of the global buffer that tensors kept on chip leave to the tiles of those that are
// not: tried in this order until all tiles fit.
constexpr int kTileQuarters[] = {1, 2, 3, 4};

/// Plans all layers, which says where their tensors lie, and then writes their instructions down.
class Compiler {
 public:
  Compiler(const NetworkSteps& steps, const MachineConfig& machine, int batch, int tile_quarters)
      : steps_(steps),
        machine_(machine),
        batch_(batch),
        convolutions_(steps),
        places_(steps, machine, batch, tile_quarters) {}

  Program run() {
    for (int i = 0; i < steps_.size(); ++i) {
      interruption_point();
      plan_layer(i);
    }
    program_.name = steps_.network().name;
    program_.machine = machine_;
    program_.batch = batch_;
    program_.data_address = round_up(places_.dram_end(), machine_.dram.burst_bytes);
    DataWriter data(program_.data_address, machine_.dram.burst_bytes);
    for (int i = 0; i < steps_.size(); ++i) emit_layer(i, data);
    program_.data = data.take();
    program_.dram_bytes = program_.data_address + std::int64_t(program_.data.size());
    program_.tensors = places_.all();
    return std::move(program_);
  }

 private:
  struct LayerPlan {
    SpanAllocator::Gap workspace;
    ConvLayer conv;
    ConvMapping mapping;
    PostPlan post;
  };

  void plan_layer(int i) {
    LayerPlan plan;
    plan.workspace = places_.workspace(i);
    const bool resident = places_.has(steps_.at(i).output());
    if (steps_.node_of(i).op == IntegerOp::kConv) {
      plan.conv = convolutions_.layer(i);
      plan.mapping = map_convolution(machine_, plan.conv, places_.room_of(i, plan.workspace));
      if (!resident) places_.place_output(i, plan.mapping);
      plan.conv.coefficients.clear();  // made again when it is written down
    } else {
      const IntegerNode& node = steps_.node_of(i);
      plan.post = machine_layer(node.op).plan(node, places_.inputs_of(i), resident,
                                              plan.workspace.size(), batch_);
      if (!resident) {
        const int columns = steps_.node(steps_.at(i).output()).out.w;
        places_.place_output(i, columns, plan.post.segment_channels);
      }
    }
    plans_.push_back(std::move(plan));
  }

  std::vector<Instruction> emit_conv(int i, DataWriter& data) {
    const LayerStep& step = steps_.at(i);
    LayerPlan& plan = plans_[std::size_t(i)];
    convolutions_.set_coefficients(i, plan.conv);
    ConvTensors tensors;
    tensors.input = &places_.of(step.inputs[0]);
    tensors.output = &places_.of(step.output());
    tensors.flattened = steps_.is_flattened(i);
    tensors.clear_padding = steps_.padding_is_read(step.output());
    if (step.fused_table >= 0) tensors.table = &steps_.node(step.fused_table);
    if (step.fused_add >= 0) {
      tensors.residual = &places_.of(step.residual);
      tensors.add = &steps_.node(step.fused_add);
      tensors.conv_is_left = tensors.add->inputs[0] == step.added_node();
    }
    std::vector<Instruction> list =
        emit_convolution(machine_, plan.conv, plan.mapping, tensors, plan.workspace, batch_, data);
    plan.conv.coefficients.clear();
    return list;
  }

  std::vector<Instruction> emit_post(int i, DataWriter& data) {
    const IntegerNode& node = steps_.node_of(i);
    const LayerPlan& plan = plans_[std::size_t(i)];
    const int output = steps_.at(i).output();
    return machine_layer(node.op).emit(machine_, node, places_.inputs_of(i), places_.of(output),
                                       plan.post, steps_.padding_is_read(output), plan.workspace,
                                       batch_, data);
  }

  void emit_layer(int i, DataWriter& data) {
    const LayerStep& step = steps_.at(i);
    const IntegerNode& node = steps_.node(step.node);
    LayerCode layer;
    layer.name = node.name;
    layer.kind = machine_layer(node.op).name(steps_.network(), node);
    layer.node = step.node;
    layer.fused_table = step.fused_table;
    layer.fused_add = step.fused_add;
    const auto streams =
        synchronize(node.op == IntegerOp::kConv ? emit_conv(i, data) : emit_post(i, data));
    for (int s = 0; s < kNumStreams; ++s) {
      layer.begin[s] = int(program_.streams[s].size());
      program_.streams[s].insert(program_.streams[s].end(), streams[s].begin(), streams[s].end());
      layer.end[s] = int(program_.streams[s].size());
    }
    program_.layers.push_back(std::move(layer));
  }

  const NetworkSteps& steps_;
  const MachineConfig& machine_;
  int batch_;
  ConvLayers convolutions_;
  TensorPlaces places_;
  std::vector<LayerPlan> plans_;
  Program program_;
};

// All but the network.
Program compiled_where_it_fits(const IntegerNetwork& network, const MachineConfig& machine,
                               int batch) {
  ensure(batch >= 1, "a batch has at least one image");
  const NetworkSteps steps(network);
  if (steps.size() == 0) throw UserError("the network has no layer to run");
  for (const int quarters : kTileQuarters) {
    try {
      return Compiler(steps, machine, batch, quarters).run();
    } catch (const UserError& error) {
      if (error.place().key != "global_buffer_bytes" || quarters == 4) throw;
    }
  }
  throw InternalError("the last attempt returns or throws");
}

}  // namespace

Program compile(IntegerNetwork network, const MachineConfig& machine, int batch) {
  machine.validate();
  Program program = compiled_where_it_fits(network, machine, batch);
  program.network = std::move(network);
  verify(program);
  return program;
}

}  // namespace escalate
