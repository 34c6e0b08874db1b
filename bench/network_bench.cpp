// The transaction view next to its innermost loop: CPU time of the whole resnet50-imagenet at
// coefficient density 0.10 (M = 6, one pointwise term) on one thread, against loops over the same
// items, an item being one (position, channel tile, term, output channel) of a decomposed layer.
//
//   popcount        matches only: a lower bound of the work, blind to the concentrator
//   one by one      dilute() and concentrate(): the exact concentrator, element by element
//   batch           CaBatch: the same steps, many elements side by side
//   transaction     simulate(): values, times of every unit, DRAM, counters
//
// Run with --verify to compare the network's output with that of a run that checks every output.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>
#include <vector>

#include "common/child_process.h"
#include "compiler/compile.h"
#include "model/simulation.h"
#include "pe/transaction/ca_batch.h"
#include "pe/transaction/dilution.h"
#include "workloads/draw.h"
#include "workloads/yaml_reader.h"

namespace escalate {
namespace {

constexpr double kDensity = 0.10;

double cpu_seconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return double(time.tv_sec) + 1e-6 * double(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Entries of one channel tile of a layer and the rows they meet.
struct LayerItems {
  CoefficientTile tile;
  std::vector<std::uint64_t> maps;  // [entry][chunk]

  std::int64_t entries() const { return std::int64_t(maps.size()) / tile.num_chunks(); }
  std::int64_t items() const { return entries() * tile.num_rows(); }
};

bool is_sent(int at, int kernel, int stride, int pad, int outputs) {
  for (int tap = 0; tap < kernel; ++tap) {
    const int shifted = at + pad - tap;
    if (shifted >= 0 && shifted % stride == 0 && shifted / stride < outputs) return true;
  }
  return false;
}

LayerItems items_of(const IntegerNode& node, const Activations& in, int first, int channels,
                    int chunk) {
  const int chunks = (channels + chunk - 1) / chunk;
  LayerItems items{CoefficientTile(chunks, chunk), {}};
  std::vector<std::int8_t> row;
  for (int m = 0; m < node.terms; ++m) {
    for (int k = 0; k < node.out.c; ++k) {
      const std::size_t at =
          (std::size_t(k) * std::size_t(node.terms) + std::size_t(m)) * std::size_t(in.shape.c) +
          std::size_t(first);
      row.assign(node.coefficients.begin() + std::ptrdiff_t(at),
                 node.coefficients.begin() + std::ptrdiff_t(at) + channels);
      items.tile.add_row(row);
    }
  }
  const Window& window = node.window;
  for (int h = 0; h < in.shape.h; ++h) {
    if (!is_sent(h, window.r, window.stride_h, window.pad_top, node.out.h)) continue;
    for (int w = 0; w < in.shape.w; ++w) {
      if (!is_sent(w, window.s, window.stride_w, window.pad_left, node.out.w)) continue;
      for (int c = 0; c < chunks; ++c) {
        std::uint64_t word = 0;
        for (int j = 0; j < chunk && c * chunk + j < channels; ++j) {
          word |= std::uint64_t{in.at(first + c * chunk + j, h, w) != 0} << j;
        }
        items.maps.push_back(word);
      }
    }
  }
  return items;
}

std::vector<LayerItems> all_items(const IntegerNetwork& network, const MachineConfig& machine) {
  const auto tensors = run_network(network, synthetic_input(network, 0));
  std::vector<LayerItems> all;
  for (const IntegerNode& node : network.nodes) {
    if (node.op != IntegerOp::kConv || node.form != WeightForm::kDecomposed) continue;
    const Activations& in = tensors[std::size_t(node.inputs[0])];
    for (int c = 0; c < in.shape.c; c += machine.ring.entry_channels) {
      all.push_back(items_of(node, in, c, std::min(machine.ring.entry_channels, in.shape.c - c),
                             machine.ca.chunk));
    }
  }
  return all;
}

[[gnu::target("popcnt")]] std::int64_t popcount_all(const std::vector<LayerItems>& all, int lanes) {
  std::int64_t bound = 0;
  for (const LayerItems& layer : all) {
    const int chunks = layer.tile.num_chunks();
    for (std::int64_t e = 0; e < layer.entries(); ++e) {
      const std::uint64_t* maps = &layer.maps[std::size_t(e * chunks)];
      for (int row = 0; row < layer.tile.num_rows(); ++row) {
        int matches = 0;
        for (int c = 0; c < chunks; ++c) matches += std::popcount(maps[c] & layer.tile.map(row, c));
        bound += (matches + lanes - 1) / lanes;
      }
    }
  }
  return bound;
}

std::int64_t one_by_one_all(const std::vector<LayerItems>& all, const MachineConfig& machine) {
  const auto pattern = ConcentratorPattern::parse(machine.ca.pattern);
  DilutedElement element;
  std::int64_t steps = 0;
  for (const LayerItems& layer : all) {
    const auto chunks = std::size_t(layer.tile.num_chunks());
    for (std::int64_t e = 0; e < layer.entries(); ++e) {
      const std::span maps(&layer.maps[std::size_t(e) * chunks], chunks);
      for (int row = 0; row < layer.tile.num_rows(); ++row) {
        dilute(maps, layer.tile, row, best_host_simd(), element);
        steps += concentrate(
            pattern, machine.ca.lanes, element.active.words(), element.slots(),
            [](const SlotPick&) {}, [](int, int) {});
      }
    }
  }
  return steps;
}

std::int64_t batch_all(const std::vector<LayerItems>& all, const MachineConfig& machine) {
  CaBatch batch(machine.ca.lanes, ConcentratorPattern::parse(machine.ca.pattern));
  CaBatchResult result;
  std::int64_t steps = 0;
  for (const LayerItems& layer : all) {
    const auto chunks = std::size_t(layer.tile.num_chunks());
    for (std::int64_t e = 0; e < layer.entries(); ++e) {
      batch.load(std::span(&layer.maps[std::size_t(e) * chunks], chunks));
      batch.run(layer.tile, result);
      for (int row = 0; row < layer.tile.num_rows(); ++row) steps += result.steps[std::size_t(row)];
    }
  }
  return steps;
}

struct Timed {
  double seconds = 0;
  std::uint64_t sum = 0;
};

// The best of several: other work on the machine only adds time.
Timed best_of(int runs, const std::function<std::uint64_t()>& run) {
  Timed best{1e30, 0};
  for (int i = 0; i < runs; ++i) {
    const double before = cpu_seconds();
    best.sum = run();
    best.seconds = std::min(best.seconds, cpu_seconds() - before);
  }
  return best;
}

std::uint64_t checksum(const SimulationOutcome& outcome) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const std::int8_t value : outcome.outputs.at(0).values) {
    hash = (hash ^ std::uint8_t(value)) * 0x100000001b3;
  }
  return hash;
}

Timed transaction(const Program& program, const Activations& image, Verify verify) {
  const std::string text = in_child_process([&] {
    SimulationOptions options;
    options.verify = verify;
    const double before = cpu_seconds();
    const SimulationOutcome outcome = simulate(program, {image}, options);
    return fmt::format("{} {}", cpu_seconds() - before, checksum(outcome));
  });
  Timed timed;
  timed.seconds = std::stod(text);
  timed.sum = std::stoull(text.substr(text.find(' ')));
  return timed;
}

IntegerNetwork resnet50() {
  Graph graph = read_yaml_workload(ESCALATE_SOURCE_DIR "/workloads/zoo/resnet50-imagenet.yaml");
  for (Node& node : graph.nodes) {
    if (node.drawn) node.drawn->coefficient = kDensity;
  }
  return draw_network(graph, {}).network;
}

int run(bool verify) {
  const MachineConfig machine;
  const IntegerNetwork network = resnet50();
  const auto all = all_items(network, machine);
  std::int64_t items = 0;
  for (const LayerItems& layer : all) items += layer.items();
  const auto print = [&](const char* name, const Timed& timed, double base) {
    fmt::print("{:<14} {:8.3f} s  {:7.1f} ns/item  {:6.2f}x one by one\n", name, timed.seconds,
               timed.seconds * 1e9 / double(items), timed.seconds / base);
  };
  fmt::print("resnet50-imagenet, coefficient density {}, {} items\n", kDensity, items);
  const Timed popcount =
      best_of(3, [&] { return std::uint64_t(popcount_all(all, machine.ca.lanes)); });
  const Timed one = best_of(3, [&] { return std::uint64_t(one_by_one_all(all, machine)); });
  const Timed batch = best_of(3, [&] { return std::uint64_t(batch_all(all, machine)); });
  const Program program = compile(network, machine);
  const Activations image = synthetic_input(network, 0);
  Timed whole = transaction(program, image, Verify::kNone);
  for (int i = 0; i < 2; ++i) {
    whole.seconds = std::min(whole.seconds, transaction(program, image, Verify::kNone).seconds);
  }
  print("popcount", popcount, one.seconds);
  print("one by one", one, one.seconds);
  print("batch", batch, one.seconds);
  print("transaction", whole, one.seconds);
  fmt::print("transaction over one by one {:.2f}, over batch {:.2f}\n", whole.seconds / one.seconds,
             whole.seconds / batch.seconds);
  if (one.sum != batch.sum) {
    fmt::print("steps differ: {} one by one, {} in batches\n", one.sum, batch.sum);
    return 1;
  }
  if (!verify) return 0;
  const Timed checked = transaction(program, image, Verify::kAll);
  const bool same = checked.sum == whole.sum;
  fmt::print("output checksum {:016x}, {} with every output checked ({:.1f} s)\n", whole.sum,
             same ? "the same" : "ANOTHER", checked.seconds);
  return same ? 0 : 1;
}

}  // namespace
}  // namespace escalate

int main(int argc, char** argv) {
  return escalate::run(argc > 1 && std::strcmp(argv[1], "--verify") == 0);
}
