// What figures call things: in words, and alike for units of different machines that do the same.
#pragma once

#include <map>
#include <string>

#include "common/named_values.h"

namespace escalate {

/// "wait_input" as "wait for input", "dma" as "DMA", "activation_rams" as "activation RAMs".
std::string plain_name(const std::string& name);

/// "energy [uJ]" as it is printed: with a micro sign and raised digits.
std::string plain_unit(const std::string& title);

/// What groups of components do, by name, where several of them do the same on some machines:
/// "local_memories", "networks", "zero_matching".
const std::map<std::string, std::string, std::less<>>& roles();

/// `values` of a machine's groups of components, with those of one role together. Others keep their
/// names.
NamedValues<double> by_role(const NamedValues<double>& values);

}  // namespace escalate
