#include "compiler/network_digest.h"

#include <ostream>
#include <streambuf>

#include "common/sha256.h"
#include "compiler/network_json.h"

namespace escalate {
namespace {

/// Digests what is written to it, so that nobody keeps the bytes.
class DigestBuffer : public std::streambuf {
 public:
  std::string hex() const { return digest_.hex(); }

 protected:
  std::streamsize xsputn(const char* bytes, std::streamsize size) override {
    digest_.add(bytes, std::size_t(size));
    return size;
  }
  int_type overflow(int_type byte) override {
    const char one = traits_type::to_char_type(byte);
    digest_.add(&one, 1);
    return byte;
  }

 private:
  Sha256 digest_;
};

// In place of the values, of which nobody makes a copy.
Json digest_of_bytes(const std::vector<std::int8_t>& values) {
  Sha256 digest;
  digest.add(values.data(), values.size());
  return digest.hex();
}

}  // namespace

std::string network_digest(const IntegerNetwork& network) {
  DigestBuffer digest;
  std::ostream bytes(&digest);
  Json frame = frame_to_json(network);
  frame.erase("name");
  Json::to_msgpack(frame, bytes);
  for (const IntegerNode& node : network.nodes) {
    Json::to_msgpack(node_to_json(node, digest_of_bytes), bytes);
  }
  return digest.hex();
}

}  // namespace escalate
