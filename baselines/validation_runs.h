// What validations of all machines share: the layers that papers ran, sums over them, and rows of
// published figures beside ours.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "baselines/accelerator_model.h"
#include "baselines/published_figures.h"
#include "baselines/validation.h"

namespace escalate {

// `root` is the folder that has workloads/zoo and configs/validation.

/// The rows of one machine, in the order in which they are added. Each throws UserError if the
/// machine's file has no such figure.
class FigureRows {
 public:
  /// Figures of <root>/configs/validation/<file>.yaml.
  FigureRows(const std::string& root, const std::string& file, std::string machine)
      : figures_(root + "/configs/validation/" + file + ".yaml"), machine_(std::move(machine)) {}

  void add(const std::string& figure, double ours) { add_range(figure, ours, ours); }
  /// Where it is not said what was run: ours lies between these, in any order.
  void add_range(const std::string& figure, double one_end, double other_end) {
    add_as(figure, figure, one_end, other_end);
  }
  /// The row's name is `name`; its figure is that of `figure`.
  void add_as(const std::string& name, const std::string& figure, double one_end, double other_end);
  void add_as(const std::string& name, const std::string& figure, double ours) {
    add_as(name, figure, ours, ours);
  }
  double published(const std::string& figure) const { return figures_.at(figure).value; }
  std::vector<ValidationRow> take() { return std::move(rows_); }

 private:
  PublishedFigures figures_;
  std::string machine_;
  std::vector<ValidationRow> rows_;
};

/// Densities of a layer's weights and input activations.
struct Densities {
  double weights = 0, activations = 0;
};

/// The convolutions of a network of the zoo.
std::vector<LayerWorkload> convolutions(const std::string& root, const std::string& network,
                                        int images);
/// The same where `change` has set the densities of each layer's node before it is drawn.
std::vector<LayerWorkload> convolutions_drawn(const std::string& root, const std::string& network,
                                              int images, const std::function<void(Node&)>& change);
/// Those of one image and of names that `selects` takes, drawn at these densities.
std::vector<LayerWorkload> drawn_at(const std::string& root, const std::string& network,
                                    const Densities& densities,
                                    const std::function<bool(const std::string&)>& selects);
/// The layer of a description such as "C=64,K=64,R=3,H=56".
std::vector<LayerWorkload> described_layer(const std::string& description);

/// Sums over the layers of a network.
struct Sums {
  double cycles = 0;  ///< of computing
  NamedCounts counters;
  NamedValues<double> energy_pj;

  Sums& operator+=(const Sums& other) {
    cycles += other.cycles;
    counters.add(other.counters);
    energy_pj.add(other.energy_pj);
    return *this;
  }
  double on_chip_pj() const { return energy_pj.sum() - energy_pj.value_of("dram"); }
};
Sums run_layers(const AcceleratorModel& model, const std::vector<LayerWorkload>& layers,
                int node_nm);

}  // namespace escalate
