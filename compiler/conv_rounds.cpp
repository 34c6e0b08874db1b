#include "compiler/conv_rounds.h"

#include <algorithm>
#include <utility>

#include "compiler/bank_image.h"

namespace escalate {
namespace {

ConvRound write_round(const ConvLayer& layer, const ConvMapping& mapping, Range round,
                      DataWriter& data) {
  const Range channels = layer.input_channels(round);
  ConvRound written;
  for (int c = channels.begin; c < channels.end; c += mapping.channel_step) {
    for (const Range fold : mapping.folds) {
      ConvStep step{fold, {c, std::min(channels.end, c + mapping.channel_step)}, {}};
      for (int k = round.begin; k < round.end; k += mapping.per_block) {
        const Range outputs{k, std::min(round.end, k + mapping.per_block)};
        const auto image = bank_image(layer, outputs, step.terms, step.channels);
        step.images.push_back({data.append(image), int(image.size()), outputs.size()});
      }
      written.steps.push_back(std::move(step));
    }
  }
  written.parameters = data.append(parameter_image(*layer.node, round));
  return written;
}

}  // namespace

std::vector<ConvRound> write_rounds(const ConvLayer& layer, const ConvMapping& mapping,
                                    DataWriter& data) {
  std::vector<ConvRound> rounds;
  for (const Range round : mapping.rounds) {
    rounds.push_back(write_round(layer, mapping, round, data));
  }
  return rounds;
}

}  // namespace escalate
