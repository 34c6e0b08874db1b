// The workloads of workloads/zoo, which are part of the program.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace escalate {

/// The text of a file of the zoo by its name ("resnet20-cifar10.yaml"); empty: there is none.
std::string_view embedded_network(std::string_view name);

/// Names without ending, in alphabetical order.
std::vector<std::string> embedded_networks();

}  // namespace escalate
