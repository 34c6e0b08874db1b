// What one kind of layer knows of itself. Each file of this folder has a kind or a family of kinds;
// kinds.h finds them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "workloads/drawn_values.h"
#include "workloads/integer_network.h"
#include "workloads/tensor.h"

namespace escalate {

class OnnxLayerWriter;
class YamlLine;
class YamlMap;

/// How many tensors a layer reads.
struct InputCount {
  std::size_t least = 1;
  bool many = false;  ///< any number from `least` on
};

/// What one int8 step of the tensors that a layer reads is worth, and of the one that it makes.
struct LayerScales {
  std::vector<double> inputs;
  double output = 1;
};

/// What becomes of a layer in a network of integers.
enum class IntegerRole {
  kLayer,     ///< a layer, as set_integers() says
  kWeighted,  ///< a convolution
  kClamp,     ///< bounds of the layer before it, or else a layer
  kFunction,  ///< factors of the layer with weights before it, or else a layer
  kNone       ///< none: it is folded or left out
};

/// How the channels that a layer makes hang on those that it reads.
enum class ChannelFlow {
  kSame,      ///< channel c is made of channel c of every input
  kInOrder,   ///< the channels of the inputs one after the other, behind `pad_before` of zeros
  kFlat,      ///< each channel of the input is as many as the input has positions
  kWeighted,  ///< as the layer's weights say
  kFixed      ///< no channel can go, of the output or of an input
};

/// Stateless: everything about one layer is in its node.
class LayerKind {
 public:
  /// What a workload calls it ("conv", "function"), and what messages do.
  virtual const char* name(const Node& node) const = 0;
  virtual InputCount inputs() const { return {}; }
  virtual bool has_window() const { return false; }
  /// Shape of the output. UserError naming the node where its attributes or inputs do not fit.
  virtual Shape shape(const Node& node, const std::vector<Shape>& inputs) const = 0;
  /// The output in floating point. Layers with weights are run by a FloatExecutor, which keeps
  /// them.
  virtual Tensor run(const Node& node, const std::vector<const Tensor*>& inputs) const = 0;

  // What others may rely on.

  /// Whether an output can be below 0, given whether some input can. Shapes need not be inferred.
  virtual bool can_be_negative(const Node& node, bool reads_negative) const = 0;
  /// Whether it makes nothing but values that it reads and zeros, in their scale.
  virtual bool passes_values_on(const Node&) const { return false; }
  /// Whether it changes nothing of what it reads, which `source` makes.
  virtual bool is_identity(const Node&, const Node& /*source*/, bool /*reads_negative*/) const {
    return false;
  }
  /// Whether the channel is 0 where all inputs are.
  virtual bool maps_zero_to_zero(const Node&, int /*channel*/) const { return true; }
  virtual ChannelFlow channel_flow(const Node& node, const std::vector<Shape>& inputs) const = 0;
  /// Leaves the node the attributes of those channels of its output alone.
  virtual void keep_channels(Node&, const std::vector<int>& /*kept*/) const {}

  // Files.

  /// Words by which a workload names such layers.
  virtual std::vector<std::string> yaml_words() const { return {}; }
  /// How many layers one of them may read.
  virtual int most_inputs(const std::string& /*word*/) const;
  /// Fills in a node whose inputs are known. UserError with file, line and key.
  virtual void read_yaml(const YamlMap& map, const std::string& word, Node& node) const;
  /// The keys that read_yaml() reads, where they are not the usual ones.
  virtual void write_yaml(YamlLine&, const Node&) const {}
  virtual void write_onnx(OnnxLayerWriter& writer, int node) const = 0;

  // Integers.

  virtual IntegerRole role() const { return IntegerRole::kLayer; }
  /// Whether its integers are clamped as they are made, so that a clamp behind it is no layer.
  virtual bool clamps() const { return false; }
  /// Whether it can make integers of any scale, though it does not clamp them.
  virtual bool takes_any_scale() const { return false; }
  /// Bounds of an IntegerRole::kClamp.
  virtual std::pair<float, float> bounds(const Node& node) const;
  /// Operation, attributes and factors of a node that has name, inputs, shape and clamp.
  /// InternalError for an IntegerRole of kWeighted or kNone.
  virtual void set_integers(const Node& node, const std::vector<Shape>& inputs,
                            const LayerScales& scales, IntegerNode& made) const = 0;
  /// The same in a drawn network, by the moments of the tensors read; returns those of the output.
  virtual Moments draw(const Node& node, const std::vector<Shape>& inputs,
                       const std::vector<Moments>& moments, IntegerNode& made) const;

 protected:
  ~LayerKind() = default;
};

[[noreturn]] void fail_layer(const Node& node, std::string_view message);
[[noreturn]] void fail_without_integers(const Node& node);

/// kSame, or kFixed where one channel of an input is read for all of the output's.
ChannelFlow same_channels(const Node& node, const std::vector<Shape>& inputs);

}  // namespace escalate
