// Integer networks as the JSON (stored as MessagePack) of program files.
#pragma once

#include "common/json.h"
#include "workloads/integer_network.h"

namespace escalate {

Json network_to_json(const IntegerNetwork& network);
/// Its parts: all but the nodes, and each of those.
Json frame_to_json(const IntegerNetwork& network);
Json node_to_json(const IntegerNode& node);
/// UserError with the dotted key, or the name of the node that IntegerNetwork::validate() refuses.
IntegerNetwork network_from_json(const Json& json);

}  // namespace escalate
