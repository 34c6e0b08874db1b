// Post-training compression of a network (PENNI's phase A and ESCALATE's hybrid quantisation, or
// N:M pruning): which layers become what, and the report of what it costs and saves.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/enum_names.h"
#include "common/json.h"
#include "workloads/graph.h"

namespace escalate {

/// What weights become.
enum class CompressMethod {
  kTernary,  ///< ESCALATE: ternary coefficients, int8 basis kernels
  kNm        ///< int8 weights, pruned to an N:M pattern
};
template <>
struct EnumNames<CompressMethod> {
  static constexpr auto kNames = std::to_array<std::pair<CompressMethod, std::string_view>>(
      {{CompressMethod::kTernary, "ternary"}, {CompressMethod::kNm, "nm"}});
};

struct CompressOptions {
  CompressMethod method = CompressMethod::kTernary;
  NmPattern pattern = {2, 4};  ///< of kNm
  int terms = 6;               ///< M of layers with R, S > 1 (clipped to R*S)
  int pointwise_terms = 1;     ///< ternary terms of 1x1 and fully connected layers
  double density = 1;          ///< largest non-zero share of a layer's coefficients
  /// Names or patterns (* and ?) of layers to keep int8 weights; with kNm all of them.
  std::vector<std::string> direct;
  /// Direct layers may round weights that are whole numbers in the file (loses_steps()).
  bool requantize = false;
  int jobs = 1;  ///< layers that are fitted at a time
  /// Of ternary coefficients along the input channels, in layers of at least M of these.
  std::optional<NmPattern> coefficient_pattern = {};
};

/// What compression did to one layer.
struct LayerReport {
  std::string name;
  LayerForm form = LayerForm::kDirect;
  int terms = 0;               ///< M; 0 for a direct layer
  std::int64_t weights = 0;    ///< K C/groups R S
  double svd_error = 0;        ///< relative error with M real basis kernels and real coefficients
  double threshold_error = 0;  ///< relative error of bare thresholding (R*S > 1)
  double error = 0;            ///< relative error ||W - What|| / ||W|| of what is used
  /// Relative error of the outputs on real images, after refit_to_outputs(); below 0: not known.
  double output_error = -1;
  double zero_share = 0;  ///< share of the ternary coefficients, or of the int8 weights
  /// Sizes of the weights. SparseMap: one bit a coefficient and one a non-zero (its sign), basis
  /// kernels 8 bits a value; direct layers one bit a weight and 8 a non-zero. Dense: 2 bits a
  /// coefficient, 8 a basis or direct weight. Scales and biases (32 bits a channel each) apart.
  std::int64_t sparse_map_bits = 0;
  std::int64_t dense_bits = 0;
  /// As nm_bits(), 8 bits a kept weight or 2 a kept coefficient, and basis kernels; dense_bits of a
  /// layer without a pattern.
  std::int64_t nm_bits = 0;
  std::int64_t channel_bits = 0;       ///< bias, multiplier and shift: 72 bits an output channel
  std::optional<NmPattern> pattern;    ///< that its weights or coefficients were made to keep to
  std::int64_t pruned = 0;             ///< weights that became 0 for it
  bool is_ternary_as_it_came = false;  ///< its weights were -a, 0 and a, and stay so
  bool came_out_zero = false;          ///< a decomposition would be all zero: it is direct instead
  std::string note;                    ///< what was not done as asked, or empty

  std::int64_t fp32_bits() const { return 32 * weights; }
  std::int64_t int8_bits() const { return 8 * weights; }
};

struct CompressReport {
  std::string network;
  CompressOptions options;
  bool kept_decomposition = false;  ///< the network came decomposed and stays as it was
  std::vector<LayerReport> layers;

  LayerReport total() const;  ///< sums; zero_share by weight count, errors left 0
  /// The one that was asked for, of weights or coefficients.
  std::optional<NmPattern> pattern() const;
};

/// The network with batch norms folded and each weighted layer in the form it will run in:
/// decomposed (Node::decomposition), or direct with its weights rounded to int8 steps (one scale an
/// output channel, quantize_direct()). A layer to decompose whose weights are -a, 0 and a in each
/// output channel is decomposed without a change of them (as_ternary()), if `options.density`
/// allows as many. A network that has decomposed layers already keeps them, and its other layers
/// become direct. Otherwise a layer's form is `options.direct`, else what its file says, else that
/// of default_form(). With kNm all layers become direct, pruned to the pattern
/// (prune_to_pattern()); those of fewer than M input channels (of a group) and `options.direct`
/// keep all weights. Throws UserError for options out of range, a `direct` pattern that no weighted
/// layer matches, layers without weights or with weights that are not finite, a decomposed network
/// with kNm or out of `coefficient_pattern`, and without `options.requantize` direct layers that
/// would lose steps of their weights. Any calibration the network had is dropped. `report` may be
/// null.
Graph compress_graph(const Graph& graph, const CompressOptions& options,
                     CompressReport* report = nullptr);

/// Gives layers whose decomposition came to be all zero, as by a fit to outputs that hardly vary,
/// their int8 weights back, and says so in `report`. Whether there was one.
bool undo_zeroed_layers(const Graph& original, Graph& compressed, CompressReport& report);

/// Brings errors, zeros and sizes of `report` to what `compressed` has become since.
void measure_again(const Graph& original, const Graph& compressed, CompressReport& report);

/// JSON of the report (docs/file-formats.md).
Json report_json(const CompressReport& report);

}  // namespace escalate
