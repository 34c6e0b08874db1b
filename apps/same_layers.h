// Whether networks that accelerators are compared on ask for the same work, before any of them
// runs.
#pragma once

#include <string>
#include <vector>

#include "baselines/layer_workload.h"
#include "report/comparison.h"
#include "workloads/integer_network.h"

namespace escalate {

/// The weighted layers of a network without their values.
struct NetworkShape {
  struct Layer {
    std::string name;
    Shape in, out;
    Window window;
    int groups = 1;
    bool reads_network_input = false, writes_network_output = false;
  };
  std::string file;
  std::vector<Layer> layers;
};

/// Those of `patterns` (--layers), or all.
NetworkShape shape_of_network(const std::string& file, const IntegerNetwork& network,
                              const std::vector<std::string>& patterns);
NetworkShape shape_of_network(const std::string& file, const std::vector<LayerWorkload>& layers);

/// UserError that names the first layer of one network that the other lacks, or that has another
/// shape there. With OtherChannels::kAllowed channels between layers may be others in number.
void check_same_layers(const NetworkShape& a, const NetworkShape& b, OtherChannels other_channels);

}  // namespace escalate
