#include "internal/server/request_state.h"

#include "internal/base/base64.h"
#include "internal/crypto/hmac.h"
#include "internal/crypto/secure_equal.h"

namespace mcp::server {
namespace {

constexpr std::size_t kMacSize = 32;
constexpr std::size_t kExpirySize = 8;

std::string big_endian(std::uint64_t value) {
  std::string out(kExpirySize, '\0');
  for (std::size_t i = 0; i < kExpirySize; ++i)
    out[i] = static_cast<char>(value >> (8 * (kExpirySize - 1 - i)));
  return out;
}

std::uint64_t from_big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

}  // namespace

// Both lengths are fixed or stated, so that no two pairs give the same text.
std::string StateSeal::mac(std::string_view expiry_and_state, std::string_view binding) const {
  std::string text = big_endian(binding.size());
  text.append(binding).append(expiry_and_state);
  return crypto::hmac_sha256(key_, text);
}

std::string StateSeal::seal(std::string_view state, std::string_view binding) const {
  std::string body = big_endian(static_cast<std::uint64_t>(env_.wall_clock_ms() + ttl_ms_));
  body.append(state);
  return base64_encode(mac(body, binding) + body);
}

Result<std::string> StateSeal::open(std::string_view sealed, std::string_view binding) const {
  auto bytes = base64_decode(sealed);
  if (!bytes || bytes->size() < kMacSize + kExpirySize)
    return fail(ErrorCode::kDenied, "requestState is not ours");
  std::string_view all = *bytes;
  std::string_view body = all.substr(kMacSize);
  if (!crypto::secure_equal(all.substr(0, kMacSize), mac(body, binding))) {
    return fail(ErrorCode::kDenied, "requestState was changed or belongs to another request");
  }
  auto expiry = static_cast<std::int64_t>(from_big_endian(body.substr(0, kExpirySize)));
  if (env_.wall_clock_ms() > expiry) return fail(ErrorCode::kTimeout, "requestState is too old");
  return std::string(body.substr(kExpirySize));
}

}  // namespace mcp::server
