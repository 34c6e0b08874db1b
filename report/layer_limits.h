// What limits a layer, in words: the cycles of every resource, those that nearly tie with the
// largest, and which of a resource's rates it is (docs/microarchitecture.md, section 11).
#pragma once

#include <string>
#include <vector>

#include "common/named_values.h"
#include "report/result.h"

namespace escalate {

/// A resource that needs at least this share of the cycles of the largest limit binds with it: what
/// makes only the other faster is hardly felt.
inline constexpr double kNearTieRatio = 0.9;

/// `bound_by` first, then the resources that nearly tie with it, largest first.
std::vector<std::string> binding_resources(const LayerResult& layer);

/// "input, mac": binding_resources() joined.
std::string binding_text(const LayerResult& layer);

/// "input 182k, mac 171k, ca 21.0k": every limit of a cycle or more, largest first.
std::string limits_text(const NamedValues<double>& limits);

/// Which rate of `resource` takes the cycles of its limit, from the layer's counters and the peaks
/// and configuration of `result`: of "input" "entries a cycle" or "bytes a cycle", of "dram"
/// "reads", "writes" or "latency". Empty where the result does not say, as of a baseline.
std::string reason_of_limit(const Result& result, const LayerResult& layer,
                            const std::string& resource);

/// The same of what binds the layer.
std::string reason_of_bound(const Result& result, const LayerResult& layer);

/// Sums over the layers.
NamedValues<double> total_limits(const Result& result);

/// "input 51.0% (entries a cycle), mac 30.1% (multipliers)": share of the cycles in layers bound by
/// each resource, largest first; the reason is that of most of these cycles. Empty without cycles.
std::string bound_shares_text(const Result& result);

}  // namespace escalate
