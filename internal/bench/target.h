#pragma once

#include <string>
#include <string_view>

#include "internal/base/error.h"

namespace mcp::bench {

// Where the load goes: "http://127.0.0.1:8080/mcp", "https://…", or a unix-domain socket and the path asked
// for there, "unix:/run/mcp.sock:/mcp" ("/mcp" when it is left out).
struct Target {
  enum class Kind { kTcp, kTls, kUnix };

  Kind kind = Kind::kTcp;
  std::string host;         // a name or an address; "localhost" for a unix-domain socket
  std::string port;         // digits
  std::string socket_path;  // of a unix-domain socket
  std::string path;
  bool narrow = false;  // connections on which little is on its way while nobody reads

  // Errors: kUsage.
  static Result<Target> parse(std::string_view text);
  // The Host field.
  std::string authority() const;
};

}  // namespace mcp::bench
