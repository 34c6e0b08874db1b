// What each mechanism of the machine is worth: runs of one network with it and without, layer by
// layer, and what the order of computation saves.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/json.h"
#include "common/table.h"
#include "machine/config.h"
#include "report/result.h"
#include "workloads/integer_network.h"

namespace escalate {

inline constexpr std::string_view kAblationSchema = "escalate.ablation/1";

/// A run that differs from the first one in one respect.
struct AblationRun {
  std::string name;     ///< a column's title
  std::string meaning;  ///< what is different
  Result result;
};

/// Data between the two stages of a decomposed layer with a kernel larger than 1 x 1, for one
/// image, in the machine's order (combine input channels, then convolve) and in PENNI's (convolve
/// every input channel with every basis kernel, then combine).
struct LayerOrders {
  std::string name;
  std::int64_t combined_bytes = 0;         ///< intermediate elements that combining first makes
  std::int64_t combined_input_bytes = 0;   ///< that the global buffer sends, from the run
  std::int64_t convolved_bytes = 0;        ///< intermediate maps that convolving first makes
  std::int64_t convolved_read_bytes = 0;   ///< read of them: one element a non-zero coefficient
  std::int64_t convolved_input_bytes = 0;  ///< non-zero inputs, each read once, and their maps
};

class Ablation {
 public:
  /// The first run is the machine as it is. InternalError unless all have the same layers.
  /// `network` is what that one ran.
  Ablation(std::vector<AblationRun> runs, const IntegerNetwork& network,
           const MachineConfig& machine);

  const std::vector<AblationRun>& runs() const { return runs_; }
  /// Table of the machine's cycles by layer and what binds them, and each other run's cycles over
  /// them.
  Table cycle_table() const;
  /// What each column of it means.
  Table meaning_table() const;
  Table order_table() const;
  /// Bytes of intermediate elements that wait in all queues of the machine together, at most.
  std::int64_t queued_bytes() const { return queued_bytes_; }
  const std::vector<LayerOrders>& orders() const { return orders_; }
  std::string document() const;
  Json to_json() const;

 private:
  std::vector<AblationRun> runs_;
  std::vector<LayerOrders> orders_;
  std::int64_t queued_bytes_ = 0;
};

}  // namespace escalate
