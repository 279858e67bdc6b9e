#include "internal/crypto/secure_equal.h"

#include <openssl/crypto.h>

namespace mcp::crypto {

bool secure_equal(std::string_view given, std::string_view secret) {
  // On another length the given text is compared with itself: the same work for the asker to measure.
  bool same_length = given.size() == secret.size();
  std::string_view other = same_length ? secret : given;
  bool equal = CRYPTO_memcmp(given.data(), other.data(), given.size()) == 0;
  return equal && same_length;
}

}  // namespace mcp::crypto
