// What stands in front of a network and is no layer: the host computes the network's input by it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "workloads/onnx/blockers.h"
#include "workloads/onnx/file.h"
#include "workloads/onnx/host_builder.h"
#include "workloads/onnx/network.h"

namespace escalate {

class OnnxHead {
 public:
  explicit OnnxHead(OnnxFile& file) : file_(file) {}

  bool empty() const { return nodes_.empty(); }
  bool contains(int node) const { return nodes_.contains(node); }
  /// Proposes a node for it.
  void propose(int node) { proposed_.push_back(node); }
  bool has_proposals() const { return !proposed_.empty(); }
  void forget_proposals() { proposed_.clear(); }
  /// Takes what is proposed and all in front of it; `network` knows the constants. False, with the
  /// reason among the blockers, if that does not make one image.
  bool grow(const OnnxNetwork& network, OnnxBlockers& blockers);

  /// What the network reads: the file's image, or what the head makes of it.
  OnnxInput network_input() const;
  /// Constants that are read from shapes within the head, which nothing behind it knows.
  const std::map<std::string, OnnxTensorPointer>& known() const { return known_; }
  const HostPart& part() const { return part_; }

 private:
  void take_proposed(const OnnxNetwork& network);
  void take_transposes();
  /// Values that the head makes and others read.
  std::set<std::string> crossing(const OnnxNetwork& network) const;
  bool is_known(int node, const OnnxNetwork& network) const;
  void keep_known(const OnnxNetwork& network);
  OnnxDims add_image(HostBuilder& builder) const;
  bool run_once(const OnnxNetwork& network, OnnxBlockers& blockers);

  OnnxFile& file_;
  std::vector<int> proposed_;
  std::set<int> nodes_;
  std::string made_;  ///< name of the value that it makes
  OnnxDims dims_;
  HostPart part_;
  std::map<std::string, OnnxTensorPointer> known_;
};

}  // namespace escalate
