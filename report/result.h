// What a run gives: cycles, counters and energy by layer. One JSON file of the schema
// "escalate.result/1" (docs/result-format.md), from which every table, page and chart is made.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/json.h"
#include "common/named_values.h"
#include "energy/energy_table.h"
#include "report/explanation.h"

namespace escalate {

inline constexpr std::string_view kResultSchema = "escalate.result/1";

/// One layer. Cycles, counts and energies are sums over the images of the run.
struct LayerResult {
  std::string name;
  std::string kind;            ///< "decomposed", "depthwise", "max_pool", "add", ...
  std::string shape;           ///< shape_text(); empty: not known
  NamedValues<double> limits;  ///< cycles that each resource alone needs or held the layer up
  std::string bound_by;        ///< "ca", "mac", "input", "weights", "merge", "dram", "post", ...
  std::int64_t cycles = 0;
  std::int64_t macs_dense = 0;      ///< MACs of the original convolution, padding counted
  NamedCounts counters;             ///< actions, named as in MachineCounters
  NamedCounts row_states;           ///< row-cycles by state; they sum to rows x cycles
  NamedCounts dram;                 ///< bursts, row hits, refreshes, named as in DramCounters
  NamedValues<double> energy_pj;    ///< by component; "leakage" is one of them
  NamedValues<double> utilization;  ///< by resource ("rows", "ca", "mac", "dram"), 0 to 1
  NamedValues<double> density;      ///< "input", "coefficient", "intermediate", 0 to 1

  bool operator==(const LayerResult&) const = default;
};

/// One line of the energy table of a run: an action of a component, and the counter it is charged
/// by ("cycles" for leakage). Each count costs `pj_each`.
struct EnergyLine {
  std::string group;  ///< under which the layers' `energy_pj` sums it
  std::string component;
  std::string action;
  std::string counter;
  double pj_each = 0;
  std::string basis;  ///< what the number was made from, with its sources

  bool operator==(const EnergyLine&) const = default;
};

struct TotalResult {
  std::int64_t cycles = 0;
  std::vector<std::int64_t> cycles_by_image;
  double seconds = 0;  ///< simulated time of all images
  double energy_pj = 0;
  NamedValues<double> energy_by_component_pj;
  std::int64_t macs_dense = 0;

  bool operator==(const TotalResult&) const = default;
};

struct VerificationResult {
  std::int64_t checked_outputs = 0;
  std::int64_t mismatches = 0;

  bool operator==(const VerificationResult&) const = default;
};

/// What the host computes of a network's file in floating point, in front of the network and behind
/// it: operators of ONNX, and how many of each. No cycles and no energies of a result are of them.
struct HostWork {
  NamedCounts head, tail;
  bool empty() const { return head.empty() && tail.empty(); }
  bool operator==(const HostWork&) const = default;
};

/// "2 Div, Resize in front of the network; Exp behind it"; empty without any.
std::string host_text(const HostWork& host);

/// Which network and images a run was of, whatever they are called. What is empty is not known.
struct RunSource {
  std::string file;        ///< name of the network's file, or "--layer SPEC"
  std::string network;     ///< network_digest() of what ran
  std::string drawn_from;  ///< digest of a drawn network's shapes, densities and seed
  std::string images;      ///< digest of the images as int8 steps
  /// The words of a command line that say network and images, so that it can be run again.
  std::vector<std::string> arguments = {};
  HostWork host = {};

  bool operator==(const RunSource&) const = default;

  /// Calls visit(key of the file, member) for each text.
  template <class Self, class Visitor>
  static void members(Self& self, Visitor&& visit) {
    visit("file", self.file);
    visit("network_sha256", self.network);
    visit("drawn_from_sha256", self.drawn_from);
    visit("images_sha256", self.images);
  }
};

/// What the layers of a network take that not all accelerators of a comparison have, such as pools
/// and additions, charged to all of them alike.
struct CommonRest {
  std::int64_t layers = 0;
  double seconds = 0;
  double energy_pj = 0;

  bool operator==(const CommonRest&) const = default;
};

struct Result {
  std::string accelerator = "escalate";
  std::string view;  ///< "transaction", "cycle", or "analytic" for a baseline
  std::string network;
  /// How its multipliers are placed, as "8 x 4 x 6 rows of 5" or "32 x 32"; empty: not said.
  std::string arrangement = {};
  RunSource source;
  Json config = Json::object();  ///< the effective configuration, groups as nested objects
  std::int64_t images = 1;
  std::int64_t batch = 0;  ///< images that share a load of weights; 0: not known
  std::vector<LayerResult> layers;
  std::int64_t layers_left_out = 0;  ///< the result is of a part of the network
  TotalResult total;
  std::optional<CommonRest> rest;  ///< not in the total; of a comparison that left out layers
  VerificationResult verification;
  bool values_left_out = false;  ///< outputs that nobody reads were not computed, only their zeros
  std::vector<EnergyLine> energy_table;      ///< energies are counters times these lines
  std::vector<NumberSource> energy_sources;  ///< that `basis` names
  NamedValues<double> area_mm2;              ///< by unit; empty: not known
  NamedValues<double> memory_bytes;          ///< of each memory on chip; empty: not known
  NamedValues<double> peak_per_cycle;  ///< "ca" additions, "mac" MACs, "dram" bytes; for rooflines
  std::vector<int> classes;            ///< class of each image, where the network tells classes
  std::optional<double> top1;          ///< share of images classified right, where labels are known
  std::optional<Explanation> explanation;  ///< what would make it faster, where that was asked

  /// Average power of the run in watts; 0 for a run of no time.
  double power_w() const;

  bool operator==(const Result&) const = default;
};

/// Fills `result.total` from the layers: cycles, energy, dense MACs, and seconds by the clock.
/// `cycles_by_image` stays as it is; unless it is empty it must sum to the layers' cycles
/// (InternalError).
void sum_up(Result& result, double clock_hz);

Json result_to_json(const Result& result);

/// `file` stands for the file in errors. A UserError names the key that is missing, of the wrong
/// type or out of range, or the schema if it is not ours; keys that are not ours are passed over,
/// so that others may add theirs. `key` is where the result stands in the file.
Result result_from_json(const Json& json, const std::string& file, const std::string& key = "");

void write_result(const std::string& path, const Result& result);
Result read_result(const std::string& path);

}  // namespace escalate
