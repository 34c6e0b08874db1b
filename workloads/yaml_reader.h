// Workloads in YAML: layer shapes with densities and a seed in place of trained weights.
// The format is described in docs/file-formats.md.
#pragma once

#include <string>
#include <vector>

#include "workloads/graph.h"

namespace escalate {

/// Reads a YAML workload, a file or one of the zoo by its name (is_zoo_name()); shapes are
/// inferred, and every weighted layer has its form, its densities (Node::drawn) and, where the file
/// names tensors, the paths in Node::npy_files, relative ones resolved against the workload's
/// folder. Node 0 is the input and is named "input". Throws UserError "file:line: key: what was
/// expected"; for an unknown key with the nearest known one.
Graph read_yaml_workload(const std::string& path);

/// The same from the text of a file; `name` stands for it in errors, and relative paths are taken
/// from its folder.
Graph parse_yaml_workload(const std::string& text, const std::string& name);

}  // namespace escalate
