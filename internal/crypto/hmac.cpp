#include "internal/crypto/hmac.h"

#include <array>
#include <cstdlib>
#include <memory>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace mcp::crypto {
namespace {

struct FreeMac {
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

// Only an OpenSSL without HMAC or without memory fails here: there is nothing to answer then.
void must(bool done) {
  if (!done) std::abort();
}

}  // namespace

std::string hmac_sha256(std::string_view key, std::string_view message) {
  std::unique_ptr<EVP_MAC, FreeMac> mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  must(mac != nullptr);
  std::unique_ptr<EVP_MAC_CTX, FreeMac> context(EVP_MAC_CTX_new(mac.get()));
  must(context != nullptr);
  char digest[] = "SHA256";
  std::array<OSSL_PARAM, 2> params = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                      OSSL_PARAM_construct_end()};
  std::string out(32, '\0');
  std::size_t size = 0;
  // A null key pointer means "keep the key": an empty key still needs an address.
  const auto* key_bytes = reinterpret_cast<const unsigned char*>(key.empty() ? "" : key.data());
  must(EVP_MAC_init(context.get(), key_bytes, key.size(), params.data()) == 1);
  must(EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(message.data()),
                      message.size()) == 1);
  must(EVP_MAC_final(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, out.size()) == 1);
  return out;
}

}  // namespace mcp::crypto
