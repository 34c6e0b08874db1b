// The workloads of workloads/zoo. They are part of the program, and their names
// ("resnet20-cifar10") stand wherever a path of a workload does.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace escalate {

/// The text of a file of the zoo by its name ("resnet20-cifar10.yaml"); empty: there is none.
std::string_view embedded_network(std::string_view name);

/// Names without ending, in alphabetical order.
std::vector<std::string> embedded_networks();

/// Whether `path` is a name of the zoo, without ending, and no file in the working directory.
bool is_zoo_name(const std::string& path);

}  // namespace escalate
