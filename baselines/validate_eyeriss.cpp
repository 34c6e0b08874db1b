#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "baselines/eyeriss.h"
#include "baselines/validation.h"
#include "baselines/validation_runs.h"

namespace escalate {
namespace {

constexpr int kEyerissNode = 65;  // nm, the chip's

/// A network that the chip ran.
struct ChipRun {
  std::string title;    ///< how its figures begin
  std::string network;  ///< in the zoo
  int batch = 0;

  /// "AlexNet CONV1" of conv1, "VGG16 CONV1-2" of conv1_2.
  std::string title_of(const std::string& layer) const {
    std::string name = layer;
    for (char& letter : name) {
      letter = letter == '_' ? '-' : static_cast<char>(std::toupper(letter));
    }
    return title + " " + name;
  }
};
const std::vector<ChipRun>& chip_runs() {
  static const std::vector<ChipRun> runs = {{"AlexNet", "alexnet-imagenet", 4},
                                            {"VGG16", "vgg16-imagenet", 3}};
  return runs;
}

EyerissConfig chip(const ChipRun& run) {
  EyerissConfig config;
  config.batch = run.batch;
  return config;
}

EyerissMappings chip_mappings(const std::string& root, const ChipRun& run) {
  return read_eyeriss_mappings(root + "/configs/validation/eyeriss_mappings.yaml", run.network);
}

double buffer_bytes(const EyerissConfig& config, const NamedCounts& counters) {
  const auto words = [&](const char* name) { return static_cast<double>(counters.value_of(name)); };
  return ((words("input_words") + words("filter_words")) * config.word_bits +
          (words("sum_reads") + words("sum_writes")) * config.sum_bits) /
         8;
}

double dram_bytes(const NamedCounts& counters) {
  return static_cast<double>(counters.value_of("dram_read_bytes") +
                             counters.value_of("dram_written_bytes"));
}

/// Energies of 16 bits at 65 nm in pJ that nn_dataflow has for Eyeriss: beside ours, another source
/// for what the same counts amount to.
double pj_by_nn_dataflow(const NamedCounts& counters) {
  const auto count = [&](const char* name) { return static_cast<double>(counters.value_of(name)); };
  const double macs = count("multiplications");
  // An operand and a weight are read, a sum is read and written. Of a gated one only the operand is
  // read.
  const double registers = 4 * macs + count("gated_multiplications");
  const double array = count("filter_deliveries") + count("input_deliveries") + count("sum_hops");
  const double buffer = count("input_words") + count("filter_words") + count("sum_reads") +
                        count("sum_writes") + count("buffer_fill_words");
  return 2 * macs + 1 * registers + 4 * array + 15 * buffer;
}

/// Milliseconds of processing, and with all DRAM traffic before or after it instead of beside it.
struct Milliseconds {
  double processing = 0, one_after_the_other = 0;
};
Milliseconds milliseconds(const EyerissConfig& config, const Sums& sums) {
  const double processing = sums.cycles / (config.clock_mhz * 1e3);
  const double link_ms = dram_bytes(sums.counters) / config.shared.dram_bytes_per_ns() * 1e-6;
  return {processing, processing + link_ms};
}

/// The chip without DRAM, in mW.
double power_mw(const Sums& sums, const Milliseconds& ms) {
  return sums.on_chip_pj() / ms.processing * 1e-6;
}

/// Sums over all layers.
void add_totals(const ChipRun& run, const Sums& all, FigureRows& rows) {
  const EyerissConfig config = chip(run);
  const Milliseconds ms = milliseconds(config, all);
  rows.add(run.title + " processing", ms.processing);
  rows.add_range(run.title + " with waiting for DRAM", ms.processing, ms.one_after_the_other);
  rows.add(run.title + " global buffer", buffer_bytes(config, all.counters) * 1e-6);
  rows.add(run.title + " DRAM", dram_bytes(all.counters) * 1e-6);
  rows.add(run.title + " power of the chip", power_mw(all, ms));
}

void add_layer(const ChipRun& run, const Eyeriss& eyeriss, const LayerWorkload& layer,
               const Sums& sums, FigureRows& rows) {
  const std::string title = run.title_of(layer.name);
  rows.add(title + " active PEs", eyeriss.active_pes(layer, eyeriss.map(layer)));
  rows.add(title + " processing", milliseconds(chip(run), sums).processing);
}

/// What else is printed of a layer.
void add_rest_of_layer(const ChipRun& run, const LayerWorkload& layer, const Sums& sums,
                       FigureRows& rows) {
  const std::string title = run.title_of(layer.name);
  const EyerissConfig config = chip(run);
  const Milliseconds ms = milliseconds(config, sums);
  rows.add_range(title + " with waiting for DRAM", ms.processing, ms.one_after_the_other);
  rows.add(title + " global buffer", buffer_bytes(config, sums.counters) * 1e-6);
  rows.add(title + " DRAM", dram_bytes(sums.counters) * 1e-6);
  rows.add(title + " power of the chip", power_mw(sums, ms));
}

/// AlexNet by layer and both networks in all, at the densities of Han et al.
std::vector<ValidationRow> at_zoo_densities(const std::string& root, bool mapped_by_chip) {
  FigureRows rows(root, "eyeriss", "Eyeriss");
  for (const ChipRun& run : chip_runs()) {
    const Eyeriss eyeriss(chip(run), mapped_by_chip ? chip_mappings(root, run) : EyerissMappings{});
    const std::vector<LayerWorkload> layers = convolutions(root, run.network, run.batch);
    Sums all;
    for (const LayerWorkload& layer : layers) {
      const Sums sums = run_layers(eyeriss, {layer}, kEyerissNode);
      if (run.title == "AlexNet") add_layer(run, eyeriss, layer, sums, rows);
      all += sums;
    }
    const Milliseconds ms = milliseconds(chip(run), all);
    if (run.title == "AlexNet") {
      rows.add_as("the same counts with nn_dataflow's energies of operations",
                  "AlexNet power of the chip",
                  pj_by_nn_dataflow(all.counters) / ms.processing * 1e-6);
    } else {
      const auto frames = [&](double of_batch) { return run.batch / of_batch * 1e3; };
      const BaselineRun early = eyeriss.run(layers.at(1));
      rows.add_range("VGG16 frames a second", frames(ms.one_after_the_other),
                     frames(ms.processing));
      rows.add("VGG16 CONV1-2 MACs a cycle",
               static_cast<double>(early.macs_dense) / static_cast<double>(early.compute_cycles));
    }
    add_totals(run, all, rows);
  }
  return rows.take();
}

/// Energy of one action of a part at Eyeriss's node, in pJ.
double eyeriss_pj(const char* kind, const NamedValues<double>& attributes, const char* action) {
  EnergyConfig config;
  config.node_nm = kEyerissNode;
  return CostModel(config).cost({"part", "group", kind, attributes, 1}).action_pj.value_of(action);
}

}  // namespace

std::vector<ValidationRow> validate_eyeriss(const std::string& root) {
  return at_zoo_densities(root, false);
}

std::vector<ValidationRow> validate_mapped_eyeriss(const std::string& root) {
  return at_zoo_densities(root, true);
}

std::vector<ValidationRow> validate_eyeriss_by_layer(const std::string& root) {
  FigureRows rows(root, "eyeriss", "Eyeriss");
  for (const ChipRun& run : chip_runs()) {
    const auto change = [&](Node& node) {
      if (!node.name.starts_with("conv")) return;
      const double zeros = rows.published(run.title_of(node.name) + " zeros of the input");
      node.drawn->activation = 1 - zeros / 100;
    };
    const Eyeriss eyeriss(chip(run), chip_mappings(root, run));
    const std::vector<LayerWorkload> layers =
        convolutions_drawn(root, run.network, run.batch, change);
    Sums all;
    for (const LayerWorkload& layer : layers) {
      const Sums sums = run_layers(eyeriss, {layer}, kEyerissNode);
      add_layer(run, eyeriss, layer, sums, rows);
      add_rest_of_layer(run, layer, sums, rows);
      all += sums;
    }
    add_totals(run, all, rows);
  }
  return rows.take();
}

std::vector<ValidationRow> validate_eyeriss_hierarchy(const std::string& root) {
  constexpr double kPitchMm = 3.5 / 14;  // the array's side over its columns
  const double mac = eyeriss_pj("multiplier", {{"width_a", 16}, {"width_b", 16}}, "multiply") +
                     eyeriss_pj("adder", {{"width", 32}}, "add");
  FigureRows rows(root, "eyeriss", "Eyeriss");
  rows.add("512 bytes of registers",
           eyeriss_pj("sram", {{"width", 16}, {"depth", 256}}, "read") / mac);
  rows.add("from one PE to the next",
           eyeriss_pj("wire", {{"width", 16}, {"length_mm", kPitchMm}}, "transfer") / mac);
  rows.add("global buffer of 100 KB",
           eyeriss_pj("sram", {{"width", 64}, {"depth", 12800}}, "read") / 4 / mac);
  rows.add("DRAM (LPDDR4)", eyeriss_pj("dram", {{"width", 16}}, "read") / mac);
  return rows.take();
}

}  // namespace escalate
