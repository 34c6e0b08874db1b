// SHA-256 (FIPS 180-4): a name for content, so that what differs in anything has another one.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;  // of OpenSSL

namespace escalate {

/// Takes bytes in any pieces; the digest depends on the bytes alone.
class Sha256 {
 public:
  Sha256();

  void add(const void* bytes, std::size_t size);
  void add(std::string_view text) { add(text.data(), text.size()); }

  /// 64 lower-case hexadecimal digits of all that was added.
  std::string hex() const;

 private:
  struct Free {
    void operator()(evp_md_ctx_st* state) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> state_;
};

std::string sha256_hex(std::string_view text);

}  // namespace escalate
