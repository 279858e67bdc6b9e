#pragma once

#include <string>
#include <string_view>

#include "internal/base/strings.h"

namespace mcp::gateway {

// Bytes of what a client wrote that are told on: logged, put into spans.
constexpr std::size_t kMaxText = 200;

// Whole characters of it.
inline std::string shortened(std::string_view text) {
  if (text.size() <= kMaxText) return std::string(text);
  std::string cut(text.substr(0, kMaxText));
  while (!cut.empty() && !is_valid_utf8(cut)) cut.pop_back();
  return cut + "…";
}

}  // namespace mcp::gateway
