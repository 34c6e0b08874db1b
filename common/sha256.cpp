#include "common/sha256.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

#include "common/error.h"

namespace escalate {

void Sha256::Free::operator()(evp_md_ctx_st* state) const { EVP_MD_CTX_free(state); }

Sha256::Sha256() : state_(EVP_MD_CTX_new()) {
  ensure(state_ && EVP_DigestInit_ex(state_.get(), EVP_sha256(), nullptr) == 1,
         "OpenSSL computes SHA-256");
}

void Sha256::add(const void* bytes, std::size_t size) {
  ensure(EVP_DigestUpdate(state_.get(), bytes, size) == 1, "a digest takes all bytes");
}

std::string Sha256::hex() const {
  Sha256 ended;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  ensure(EVP_MD_CTX_copy_ex(ended.state_.get(), state_.get()) == 1 &&
             EVP_DigestFinal_ex(ended.state_.get(), digest.data(), &size) == 1,
         "a digest ends");
  std::string text;
  for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

std::string sha256_hex(std::string_view text) {
  Sha256 digest;
  digest.add(text);
  return digest.hex();
}

}  // namespace escalate
