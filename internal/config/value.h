#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "internal/base/error.h"
#include "internal/config/node.h"

namespace mcp::config {

enum class Type {
  kString,
  kInteger,
  kBoolean,
  kDuration,    // "500ms", "30s", "10m", "2h", "1d"; "0" is none
  kSize,        // bytes: 4096, "64K", "16M", "1G"
  kStringList,  // in the environment and on the command line: separated by commas
  kSecretMap,   // name = text that may be a secret (secret.h)
};
std::string_view to_string(Type type);

// Where a value came from.
struct Origin {
  enum class Kind { kDefault, kFile, kEnvironment, kFlag };

  Kind kind = Kind::kDefault;
  std::string name;  // path, variable, flag
  Position at;       // kFile

  // "default", "/etc/mcp/mcp.toml:3:1", "environment variable MCP_SERVE_LISTEN", "--listen"
  std::string to_string() const;
};

// One setting. Which member counts is said by its key's type.
struct Value {
  std::string text;               // as written: kString, kDuration, kSize, an entry of a kSecretMap
  std::int64_t number = 0;        // kInteger; kBoolean 0 or 1; kDuration in milliseconds; kSize in bytes
  std::vector<std::string> list;  // kStringList
  Origin origin;
};

// Errors: kInvalid, naming the text and how it would be right.
Result<std::int64_t> parse_duration_ms(std::string_view text);
Result<std::int64_t> parse_size_bytes(std::string_view text);
// "50%" is 50: a share of a processor, at most `max`.
Result<std::int64_t> parse_cpu_percent(std::string_view text, std::int64_t max);

}  // namespace mcp::config
