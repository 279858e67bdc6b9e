#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mcp::crypto {

// AES-256-GCM (NIST SP 800-38D): what it sealed can be read, and made, only with the key. The nonce is
// counted up, so that no two texts share one; a key therefore belongs to one Aead of one process.
class Aead {
 public:
  static constexpr std::size_t kKeySize = 32;
  static constexpr std::size_t kNonceSize = 12;
  static constexpr std::size_t kTagSize = 16;

  // key: kKeySize random bytes.
  explicit Aead(std::string key);

  // nonce, ciphertext, tag. `associated` is bound to it without being part of it.
  std::string seal(std::string_view text, std::string_view associated);
  // nullopt: sealed by another key, changed, or bound to something else.
  std::optional<std::string> open(std::string_view sealed, std::string_view associated) const;

 private:
  std::string key_;
  std::uint64_t next_nonce_ = 0;
};

}  // namespace mcp::crypto
