#pragma once

#include <string>
#include <string_view>

namespace mcp::protocol {

inline constexpr std::size_t kMaxJoinedName = 64;  // what common clients accept of a tool's name

// A server's name in a configuration: [a-z0-9-]{1,24}.
bool is_server_name(std::string_view name);

// prefix + name. Longer than kMaxJoinedName bytes: the first 55 (never half a character), '_' and 8
// hexadecimal digits of a hash of the whole. The same parts give the same name in every run; that two long
// ones may meet is the caller's to see.
std::string join_name(std::string_view prefix, std::string_view name);

}  // namespace mcp::protocol
