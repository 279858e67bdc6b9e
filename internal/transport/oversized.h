#pragma once

#include <string_view>

#include "internal/base/error.h"

namespace mcp::transport {

inline constexpr std::string_view kOversizedHint = "raise max_result_bytes of the server";

// A message of a server that is longer than one may be: kLimit, and which key says so. Anything else as it
// is.
inline Error name_oversized(Error why) {
  if (why.code == ErrorCode::kLimit) why.hint = kOversizedHint;
  return why;
}
inline bool is_oversized(const Error& why) {
  return why.code == ErrorCode::kLimit && why.hint == kOversizedHint;
}

}  // namespace mcp::transport
