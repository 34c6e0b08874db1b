// How images become a network's input, where the network does not say: --mean, --std, --channels.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "apps/common_options.h"
#include "workloads/inputs.h"

namespace escalate {

struct ImageOptions {
  std::string mean, std;  ///< "R,G,B"; empty: not given
  std::string channels;   ///< rgb or bgr; empty: not given

  void add_to(CommandLine& line);
  /// UserError that names the first of them that was given: it has no effect, for the reason `why`.
  void refuse(const std::string& why) const;
  /// `of_network` with what was given in its place. UserError names the option that is wrong.
  InputTransform transform(InputTransform of_network) const;
};

}  // namespace escalate
