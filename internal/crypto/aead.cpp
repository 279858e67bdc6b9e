#include "internal/crypto/aead.h"

#include <cstdlib>
#include <memory>
#include <utility>

#include <openssl/evp.h>

namespace mcp::crypto {
namespace {

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

// Only an OpenSSL without AES or without memory fails here: there is nothing to answer then.
void must(bool done) {
  if (!done) std::abort();
}

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
int size(std::string_view text) { return static_cast<int>(text.size()); }

}  // namespace

Aead::Aead(std::string key) : key_(std::move(key)) { must(key_.size() == kKeySize); }

std::string Aead::seal(std::string_view text, std::string_view associated) {
  std::string nonce(kNonceSize, '\0');
  std::uint64_t count = next_nonce_++;
  for (std::size_t i = 0; i < sizeof count; ++i)
    nonce[kNonceSize - 1 - i] = static_cast<char>(count >> (8 * i));
  Context context(EVP_CIPHER_CTX_new());
  must(context != nullptr);
  must(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes(key_), bytes(nonce)) == 1);
  int written = 0;
  must(EVP_EncryptUpdate(context.get(), nullptr, &written, bytes(associated), size(associated)) == 1);
  std::string cipher(text.size() + 1, '\0');  // never a null pointer
  must(EVP_EncryptUpdate(context.get(), bytes(cipher), &written, bytes(text), size(text)) == 1);
  cipher.resize(text.size());
  std::string tag(kTagSize, '\0');
  must(EVP_EncryptFinal_ex(context.get(), bytes(tag), &written) == 1);
  must(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(kTagSize), tag.data()) == 1);
  return nonce + cipher + tag;
}

std::optional<std::string> Aead::open(std::string_view sealed, std::string_view associated) const {
  if (sealed.size() < kNonceSize + kTagSize) return std::nullopt;
  std::string_view nonce = sealed.substr(0, kNonceSize);
  std::string_view cipher = sealed.substr(kNonceSize, sealed.size() - kNonceSize - kTagSize);
  std::string tag(sealed.substr(sealed.size() - kTagSize));
  Context context(EVP_CIPHER_CTX_new());
  must(context != nullptr);
  must(EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes(key_), bytes(nonce)) == 1);
  int written = 0;
  must(EVP_DecryptUpdate(context.get(), nullptr, &written, bytes(associated), size(associated)) == 1);
  std::string text(cipher.size() + 1, '\0');
  must(EVP_DecryptUpdate(context.get(), bytes(text), &written, bytes(cipher), size(cipher)) == 1);
  must(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(kTagSize), tag.data()) == 1);
  std::string rest(kTagSize, '\0');
  if (EVP_DecryptFinal_ex(context.get(), bytes(rest), &written) != 1) return std::nullopt;
  text.resize(cipher.size());
  return text;
}

}  // namespace mcp::crypto
