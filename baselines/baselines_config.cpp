#include "baselines/baselines_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "common/error.h"

namespace escalate {
namespace {

constexpr int kWordBits = 8;
constexpr int kSumBits = 24;

using Maker = std::function<std::unique_ptr<AcceleratorModel>(BaselinesConfig)>;

Maker sparten(Balancing balancing, Sparsity sparsity) {
  return [=](BaselinesConfig config) {
    config.sparten.balancing = balancing;
    config.sparten.sparsity = sparsity;
    return std::make_unique<Sparten>(config.sparten);
  };
}

const std::vector<std::pair<std::string, Maker>>& makers() {
  static const std::vector<std::pair<std::string, Maker>> kMakers = {
      {"eyeriss",
       [](const BaselinesConfig& config) { return std::make_unique<Eyeriss>(config.eyeriss); }},
      {"scnn", [](const BaselinesConfig& config) { return std::make_unique<Scnn>(config.scnn); }},
      {"dcnn", [](const BaselinesConfig& config) { return std::make_unique<Dcnn>(config.dcnn); }},
      {"dcnn-opt",
       [](BaselinesConfig config) {
         config.dcnn.optimized = true;
         return std::make_unique<Dcnn>(config.dcnn);
       }},
      {"sparten",
       [](const BaselinesConfig& config) { return std::make_unique<Sparten>(config.sparten); }},
      {"sparten-gb-s", sparten(Balancing::kSoftware, Sparsity::kTwoSided)},
      {"sparten-none", sparten(Balancing::kNone, Sparsity::kTwoSided)},
      {"sparten-one-sided", sparten(Balancing::kNone, Sparsity::kOneSided)},
      {"sparten-dense", sparten(Balancing::kNone, Sparsity::kDense)},
  };
  return kMakers;
}

}  // namespace

BaselinesConfig comparable_baselines(const CommonTerms& terms) {
  BaselinesConfig config;
  EyerissConfig& eyeriss = config.eyeriss;
  eyeriss.rows = 32;
  eyeriss.columns = 32;
  eyeriss.buffer_bytes = static_cast<int>(terms.buffer_bytes) - eyeriss.filter_buffer_bytes;
  // Six times the PEs get their words from buses eight times as wide.
  eyeriss.input_words *= 8;
  eyeriss.filter_words *= 8;
  eyeriss.sum_words *= 8;
  eyeriss.batch = terms.batch;
  eyeriss.word_bits = kWordBits;
  eyeriss.sum_bits = kSumBits;
  eyeriss.clock_mhz = terms.clock_mhz;
  eyeriss.shared = terms.shared;

  ScnnConfig& scnn = config.scnn;
  scnn.activation_ram_bytes =
      static_cast<int>(terms.buffer_bytes / (2 * scnn.pe_rows * scnn.pe_columns));
  scnn.word_bits = kWordBits;
  scnn.sum_bits = kSumBits;
  scnn.clock_mhz = terms.clock_mhz;
  scnn.shared = terms.shared;

  DcnnConfig& dcnn = config.dcnn;
  dcnn.activation_ram_bytes = terms.buffer_bytes;
  dcnn.word_bits = kWordBits;
  dcnn.sum_bits = kSumBits;
  dcnn.clock_mhz = terms.clock_mhz;
  dcnn.shared = terms.shared;

  SpartenConfig& sparten = config.sparten;
  sparten.global_buffer_bytes = terms.buffer_bytes;
  sparten.word_bits = kWordBits;
  sparten.sum_bits = kSumBits;
  sparten.clock_mhz = terms.clock_mhz;
  sparten.shared = terms.shared;
  return config;
}

const std::vector<std::string>& baseline_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const auto& entry : makers()) names.push_back(entry.first);
    return names;
  }();
  return kNames;
}

std::unique_ptr<AcceleratorModel> make_baseline(const std::string& name,
                                                const BaselinesConfig& config) {
  for (const auto& [known, make] : makers()) {
    if (known == name) return make(config);
  }
  throw UserError("unknown accelerator '" + name + "'" + did_you_mean(name, baseline_names()));
}

void detail::throw_without_config(const std::string& name,
                                  const std::vector<std::string>& with_config) {
  const std::vector<std::string>& names = baseline_names();
  for (const std::string& machine : with_config) {
    if (name.starts_with(machine + "-") &&
        std::find(names.begin(), names.end(), name) != names.end()) {
      throw UserError(fmt::format("'{0}' has the parameters of '{1}'; give those", name, machine));
    }
  }
  throw UserError(fmt::format("no parameters of an accelerator '{}'; expected {}{}", name,
                              fmt::join(with_config, ", "), did_you_mean(name, with_config)));
}

}  // namespace escalate
