// What each accelerator of a comparison runs: ours its own network, dense ones the original and
// sparse ones a pruned one, each with its accuracy where labels are known.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apps/network_source.h"
#include "baselines/accelerator_model.h"
#include "report/comparison.h"

namespace escalate {

struct ComparedNetworkOptions {
  std::string dense;         ///< --baseline-network; empty: the network compared
  std::string sparse;        ///< --sparse-network; empty: as `dense`
  double prune_weights = 0;  ///< --prune-weights: share kept; 0: not asked for
  int accuracy_images = 0;   ///< --accuracy-images; 0: those that are compared
  bool shrunk = false;       ///< --shrunk: each may have lost channels or folded a stride

  void add_to(CommandLine& line);
  OtherChannels other_channels() const {
    return shrunk ? OtherChannels::kAllowed : OtherChannels::kRefused;
  }
  /// Throws UserError for options that do not go together.
  void check(std::size_t num_networks) const;
};

/// A network that baselines run.
struct BaselineNetwork {
  RanNetwork ran;
  RunSource source;
  std::vector<LayerWorkload> layers;
  std::int64_t layers_left_out = 0;  ///< by --layers
};

/// The networks of one comparison, each read and run on its images once.
class ComparedNetworks {
 public:
  /// `path` is the network compared; the others must outlive this object.
  ComparedNetworks(std::string path, const ComparedNetworkOptions& which,
                   const CommonOptions& common, const NetworkOptions& drawing)
      : path_(std::move(path)), which_(which), common_(common), drawing_(drawing) {}

  /// The network for a machine that skips those zeros, the layers of `--layers` only.
  const BaselineNetwork& of_baseline(Skips skips);
  /// The network for the machine itself.
  RanNetwork of_machine(const LoadedNetwork& loaded) const;

 private:
  struct Source {
    std::string path;
    double kept = 1;  ///< share of weights that pruning keeps
    bool operator<(const Source& other) const {
      return std::pair(path, kept) < std::pair(other.path, other.kept);
    }
  };
  BaselineNetwork read(const Source& source) const;
  /// Takes those of `--layers`.
  void take_layers(std::vector<LayerWorkload> layers, BaselineNetwork& network) const;
  BaselineNetwork drawn(const std::string& path) const;
  std::optional<Accuracy> accuracy_of(const LoadedNetwork& loaded) const;

  std::string path_;
  const ComparedNetworkOptions& which_;
  const CommonOptions& common_;
  const NetworkOptions& drawing_;
  std::map<Source, BaselineNetwork> networks_;
};

}  // namespace escalate
