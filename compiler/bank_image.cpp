#include "compiler/bank_image.h"

#include <algorithm>

#include "machine/coefficient_bank.h"
#include "machine/isa.h"

namespace escalate {
namespace {

/// The part of row `row` of a layer, of `taps` values a channel, that lies over `channels`: the
/// layer's own values, and zeros for channels of other groups than that of output `k`. It lies
/// where the layer's values do, or in `room`.
std::span<const std::int8_t> row_over(const ConvLayer& layer, int k, std::size_t row, int taps,
                                      Range channels, std::vector<std::int8_t>& room) {
  const int of_group = layer.channels_of_group();
  const int first = k / layer.outputs_of_group() * of_group;
  const int begin = std::max(first, channels.begin);
  const int end = std::min(first + of_group, channels.end);
  const auto values = [&](std::vector<std::int8_t>& where) {
    const std::size_t at = row * std::size_t(of_group) + std::size_t(begin - first);
    return layer.coefficients.part(at * std::size_t(taps), std::size_t(end - begin) * taps, where);
  };
  if (begin == channels.begin && end == channels.end) return values(room);
  std::vector<std::int8_t> of_input;
  room.assign(std::size_t(channels.size()) * std::size_t(taps), 0);
  if (begin < end) {
    std::ranges::copy(values(of_input),
                      room.begin() + std::ptrdiff_t{begin - channels.begin} * taps);
  }
  return room;
}

void append_word(std::vector<std::uint8_t>& bytes, std::uint32_t word) {
  for (int shift = 0; shift < 32; shift += 8) bytes.push_back(std::uint8_t(word >> shift));
}

}  // namespace

std::vector<std::uint8_t> bank_image(const ConvLayer& layer, Range outputs, Range terms,
                                     Range channels) {
  std::vector<std::uint8_t> bytes;
  std::vector<std::int8_t> room;
  const int taps = layer.node->window.r * layer.node->window.s;
  if (layer.direct) {
    for (int k = outputs.begin; k < outputs.end; ++k) {
      append_direct_row(row_over(layer, k, std::size_t(k), taps, channels, room), taps, bytes);
    }
    return bytes;
  }
  const std::vector<std::int8_t>& basis = layer.node->basis;
  bytes.insert(bytes.end(), basis.begin() + std::ptrdiff_t{terms.begin} * taps,
               basis.begin() + std::ptrdiff_t{terms.end} * taps);
  for (int k = outputs.begin; k < outputs.end; ++k) {
    for (int m = terms.begin; m < terms.end; ++m) {
      const std::size_t row = std::size_t(k) * std::size_t(layer.terms) + std::size_t(m);
      append_ternary_row(row_over(layer, k, row, 1, channels, room), bytes);
    }
  }
  return bytes;
}

std::vector<std::uint8_t> parameter_image(const IntegerNode& node, Range outputs) {
  std::vector<std::uint8_t> bytes;
  const auto append = [&bytes](const FixedPoint& factor) {
    append_word(bytes, std::uint32_t(factor.multiplier));
    bytes.push_back(std::uint8_t(factor.shift));
  };
  bytes.reserve(std::size_t(outputs.size()) * LoadSlopedParameters::kBytesPerChannel);
  for (int k = outputs.begin; k < outputs.end; ++k) {
    append_word(bytes, std::uint32_t(node.bias.at(k)));
    append(node.requant.at(k));
    if (!node.negative_requant.empty()) append(node.negative_requant.at(k));
  }
  return bytes;
}

}  // namespace escalate
