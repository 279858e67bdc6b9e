#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "internal/bench/target.h"

namespace mcp::bench {

enum class Era { kLegacy, kModern };
std::string_view to_string(Era era);

// What every request of one client has in common.
struct Sender {
  Target target;
  Era era = Era::kLegacy;
  std::string extra_fields;  // "Authorization: Bearer x\r\n"
  std::string session;       // legacy: as `initialize` gave it, else empty
};

// One request as it goes on the wire, made once. Its JSON-RPC id always has the same number of digits, so
// that sending it again under another id overwrites these and nothing else.
class RequestBytes {
 public:
  RequestBytes() = default;
  // `method` and its params (a raw object or empty; a modern request's `_meta` is added). `name`: what
  // Mcp-Name mirrors, empty for methods without.
  static RequestBytes request(const Sender& sender, std::string_view method, std::string_view name,
                              std::string_view params);
  static RequestBytes notification(const Sender& sender, std::string_view method);
  // GET: the event stream of a legacy session.
  static RequestBytes get_stream(const Sender& sender);

  // The bytes under this id. number: 0 to 999'999'999.
  const std::string& under(std::int64_t number);
  const std::string& bytes() const { return bytes_; }
  // The digits of the id that the bytes have now.
  std::string_view id() const { return std::string_view(bytes_).substr(id_at_, kIdDigits); }

 private:
  static constexpr std::size_t kIdDigits = 10;

  std::string bytes_;
  std::size_t id_at_ = 0;
};

// A tools/call under `sender`.
RequestBytes call_bytes(const Sender& sender, std::string_view tool, std::string_view arguments);
// initialize, of revision 2025-11-25, without capabilities.
RequestBytes initialize_bytes(const Sender& sender);

}  // namespace mcp::bench
