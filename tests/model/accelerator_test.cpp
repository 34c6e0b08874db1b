#include "model/accelerator.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "common/child_process.h"
#include "common/named_values.h"
#include "model/output_check.h"
#include "model/tensor_store.h"
#include "tests/support/simulated.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

template <class T>
std::string text_of(const T& counters) {
  std::string text;
  for (const auto& [name, count] : named_counts(counters))
    text += fmt::format(" {}={}", name, count);
  return text + "\n";
}

std::string text_of(const Activations& tensor) {
  return {tensor.values.begin(), tensor.values.end()};
}

// Everything that a run does: cycles, counters and states of each layer, and the bytes that it
// leaves in memory. `seen` is the program that the machine is given, `program` the whole one.
std::string text_of_run(View view, const Program& program, const Program& seen,
                        const std::vector<Activations>& images, bool is_checked) {
  AcceleratorOptions options;
  options.view = view;
  TensorStore tensors(program);
  OutputCheck check(program, tensors, Verify::kAll, 1);
  Accelerator accelerator("accelerator", seen, options, {is_checked ? &check : nullptr, -1});
  if (is_checked) {
    accelerator.add_observer(tensors);
    accelerator.add_observer(check);
    tensors.begin_batch(images);
  }
  for (int image = 0; image < program.batch; ++image) {
    accelerator.put_tensor(image, 0, images[std::size_t(image)]);
  }
  std::string text;
  for (int number = 0; number < int(program.layers.size()); ++number) {
    const LayerCode& layer = program.layers[std::size_t(number)];
    const int node = layer.written_node();
    const auto& drawn = program.network.nodes[std::size_t(node)].substitute;
    if (drawn) accelerator.put_drawn({program.written_shape(node), drawn->values});
    if (is_checked) {
      check.begin_layer(layer, 0);
      tensors.begin_layer(layer);
    }
    const LayerRun run = accelerator.run_layer(number);
    text += fmt::format("layer {}: {} cycles, waited {} and {}\n", layer.name, run.cycles,
                        run.waited_for_dram, run.waited_for_post);
    text += text_of(run.counters) + text_of(run.row_states) + text_of(run.dram);
    for (int image = 0; image < program.batch; ++image) {
      text += text_of(accelerator.get_tensor(image, node));
    }
  }
  if (is_checked && check.counts().checked_outputs == 0) text += "nothing was checked";
  if (check.counts().mismatches > 0) text += check.counts().first_mismatch;
  return text;
}

// Machines that nobody looks at, and that know nothing of the network but its code, do the same.
void expect_the_same_without_the_reference(const IntegerNetwork& network, int batch) {
  const Program program = compile(network, {}, batch);
  const auto images = drawn_images(network, batch);
  Program without_network = program;
  without_network.network = {};
  for (const View view : {View::kTransaction, View::kCycle}) {
    SCOPED_TRACE(std::string(enum_name(view)));
    const auto run = [&](const Program& seen, bool is_checked) {
      return in_child_process([&] { return text_of_run(view, program, seen, images, is_checked); });
    };
    const std::string checked = run(program, true);
    EXPECT_NE(checked, "");
    EXPECT_EQ(checked, run(without_network, false));
  }
}

TEST(Accelerator, WritesTheSameBytesInTheSameCyclesIfTheReferenceIsRemoved) {
  expect_the_same_without_the_reference(zoo_network("resnet20-cifar10"), 1);
}

TEST(Accelerator, WritesTheSamePoolsAdditionsAndConcatenationsIfTheReferenceIsRemoved) {
  const TemporaryFolder folder;
  const std::string file = folder.write("pools.yaml",
                                        "name: pools\n"
                                        "input: [5, 17, 15]\n"
                                        "defaults: {coefficient_density: 0.2, weight_density: 0.5, "
                                        "activation_density: 0.5}\n"
                                        "layers:\n"
                                        "  - {conv: stem, K: 20, kernel: 3, then: relu}\n"
                                        "  - {maxpool: largest, kernel: 3, stride: 2, pad: 1}\n"
                                        "  - {conv: left, K: 12, kernel: 3, then: relu}\n"
                                        "  - {conv: right, from: largest, K: 12, kernel: 1}\n"
                                        "  - {add: sum, from: [left, right]}\n"
                                        "  - {conv: other, K: 9, kernel: 1}\n"
                                        "  - {concat: both, from: [sum, other]}\n"
                                        "  - {channel_pad: wide, before: 2, after: 1}\n"
                                        "  - {conv: last, K: 9, kernel: 3}\n"
                                        "  - {global_avgpool: pool}\n"
                                        "  - {fc: classes, K: 7}\n");
  const IntegerNetwork network = draw_network(read_yaml_workload(file), {}).network;
  expect_the_same_without_the_reference(network, 1);
  expect_the_same_without_the_reference(network, 2);
}

TEST(Accelerator, WritesOfADrawnTensorTheBytesThatCameWithTheInput) {
  const IntegerNetwork network = zoo_network("resnet20-cifar10");
  const Program program = compile(network, {});
  const std::string text = in_child_process([&] {
    Accelerator accelerator("accelerator", program, {});
    accelerator.put_tensor(0, 0, drawn_images(network, 1)[0]);
    const int node = program.layers[0].written_node();
    Activations drawn = network.nodes[std::size_t(node)].substitute.value();
    for (std::int8_t& value : drawn.values) value = std::int8_t(value == 0 ? 5 : 0);
    accelerator.put_drawn(drawn);
    accelerator.run_layer(0);
    return std::string(accelerator.get_tensor(0, node) == drawn ? "equal" : "different");
  });
  EXPECT_EQ(text, "equal");
}

}  // namespace
}  // namespace escalate
