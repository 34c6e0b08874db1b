#include "compiler/bank_image.h"

#include <algorithm>

#include "machine/isa.h"

namespace escalate {
namespace {

class BitWriter {
 public:
  explicit BitWriter(std::vector<std::uint8_t>& bytes) : bytes_(bytes) {}
  void add(bool bit) {
    if (count_ % 8 == 0) bytes_.push_back(0);
    if (bit) bytes_.back() |= std::uint8_t(1u << (count_ % 8));
    ++count_;
  }

 private:
  std::vector<std::uint8_t>& bytes_;
  int count_ = 0;
};

// The part of a row over `channels`: the layer's own coefficients, and zeros for channels of other
// groups.
template <class Visit>
void for_each_channel(const ConvLayer& layer, int k, Range channels, Visit&& visit) {
  const int first = k / layer.outputs_of_group() * layer.channels_of_group();
  for (int c = channels.begin; c < channels.end; ++c) {
    const bool own = c >= first && c < first + layer.channels_of_group();
    visit(own ? c - first : -1);
  }
}

void append_ternary_row(const ConvLayer& layer, int k, int term, Range channels,
                        std::vector<std::uint8_t>& bytes) {
  const std::int8_t* row =
      &layer.coefficients[(std::size_t(k) * layer.terms + term) * layer.channels_of_group()];
  BitWriter map(bytes);
  for_each_channel(layer, k, channels, [&](int c) { map.add(c >= 0 && row[c] != 0); });
  BitWriter signs(bytes);
  for_each_channel(layer, k, channels, [&](int c) {
    if (c >= 0 && row[c] != 0) signs.add(row[c] < 0);
  });
}

void append_direct_row(const ConvLayer& layer, int k, Range channels,
                       std::vector<std::uint8_t>& bytes) {
  const int taps = layer.node->window.r * layer.node->window.s;
  const auto kernel = [&](int c) {
    return &layer.coefficients[(std::size_t(k) * layer.channels_of_group() + c) * taps];
  };
  const auto is_nonzero = [&](int c) {
    return c >= 0 && std::any_of(kernel(c), kernel(c) + taps, [](std::int8_t w) { return w != 0; });
  };
  BitWriter map(bytes);
  for_each_channel(layer, k, channels, [&](int c) { map.add(is_nonzero(c)); });
  for_each_channel(layer, k, channels, [&](int c) {
    if (is_nonzero(c)) bytes.insert(bytes.end(), kernel(c), kernel(c) + taps);
  });
}

void append_word(std::vector<std::uint8_t>& bytes, std::uint32_t word) {
  for (int shift = 0; shift < 32; shift += 8) bytes.push_back(std::uint8_t(word >> shift));
}

}  // namespace

std::vector<std::uint8_t> bank_image(const ConvLayer& layer, Range outputs, Range terms,
                                     Range channels) {
  std::vector<std::uint8_t> bytes;
  if (layer.direct) {
    for (int k = outputs.begin; k < outputs.end; ++k) append_direct_row(layer, k, channels, bytes);
    return bytes;
  }
  const int taps = layer.node->window.r * layer.node->window.s;
  const std::vector<std::int8_t>& basis = layer.node->basis;
  bytes.insert(bytes.end(), basis.begin() + std::ptrdiff_t{terms.begin} * taps,
               basis.begin() + std::ptrdiff_t{terms.end} * taps);
  for (int k = outputs.begin; k < outputs.end; ++k) {
    for (int m = terms.begin; m < terms.end; ++m) append_ternary_row(layer, k, m, channels, bytes);
  }
  return bytes;
}

std::vector<std::uint8_t> parameter_image(const IntegerNode& node, Range outputs) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(std::size_t(outputs.size()) * LoadParameters::kBytesPerChannel);
  for (int k = outputs.begin; k < outputs.end; ++k) {
    append_word(bytes, std::uint32_t(node.bias.at(k)));
    append_word(bytes, std::uint32_t(node.requant.at(k).multiplier));
    bytes.push_back(std::uint8_t(node.requant.at(k).shift));
  }
  return bytes;
}

}  // namespace escalate
