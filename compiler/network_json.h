// Integer networks and tables of fields as the JSON (stored as MessagePack) of program files.
#pragma once

#include "common/config.h"
#include "common/json.h"
#include "workloads/integer_network.h"

namespace escalate {

/// The inverse of fields_to_json(): every field must be there. Throws nlohmann::json::exception.
template <class T>
requires HasFields<T>
void fields_from_json(const Json& json, T& object) {
  T::fields(object, [&](const FieldDoc& doc, auto& member) {
    const Json& value = json.at(std::string(doc.name));
    if constexpr (HasFields<std::remove_reference_t<decltype(member)>>) {
      fields_from_json(value, member);
    } else {
      value.get_to(member);
    }
  });
}

Json network_to_json(const IntegerNetwork& network);
/// Throws nlohmann::json::exception, or UserError where tensors do not fit their layers.
IntegerNetwork network_from_json(const Json& json);

}  // namespace escalate
