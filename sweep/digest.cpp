#include "sweep/digest.h"

#include "common/sha256.h"

namespace escalate {

std::string digest_of(std::initializer_list<std::string_view> texts) {
  Sha256 digest;
  for (const std::string_view text : texts) {
    digest.add(std::to_string(text.size()) + ":");
    digest.add(text);
  }
  return digest.hex();
}

std::string checksum_of(std::initializer_list<std::string_view> texts) {
  constexpr std::size_t kDigits = 16;
  return digest_of(texts).substr(0, kDigits);
}

}  // namespace escalate
