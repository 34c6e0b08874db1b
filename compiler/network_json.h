// Integer networks as the JSON (stored as MessagePack) of program files.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "common/json.h"
#include "workloads/integer_network.h"

namespace escalate {

Json network_to_json(const IntegerNetwork& network);
/// Its parts: all but the nodes, and each of those.
Json frame_to_json(const IntegerNetwork& network);
/// What stands for an array of values in a node's JSON.
using BytesToJson = std::function<Json(const std::vector<std::int8_t>& values)>;
Json node_to_json(const IntegerNode& node, const BytesToJson& bytes_to_json);
Json bytes_as_they_are(const std::vector<std::int8_t>& values);
/// UserError with the dotted key, or the name of the node that IntegerNetwork::validate() refuses.
IntegerNetwork network_from_json(const Json& json);

}  // namespace escalate
