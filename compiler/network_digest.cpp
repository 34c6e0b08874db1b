#include "compiler/network_digest.h"

#include <cstdint>
#include <vector>

#include "common/sha256.h"
#include "compiler/network_json.h"

namespace escalate {

std::string network_digest(const IntegerNetwork& network) {
  Json json = network_to_json(network);
  json.erase("name");
  const std::vector<std::uint8_t> bytes = Json::to_msgpack(json);
  Sha256 digest;
  digest.add(bytes.data(), bytes.size());
  return digest.hex();
}

}  // namespace escalate
