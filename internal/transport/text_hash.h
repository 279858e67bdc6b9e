#pragma once

#include <functional>
#include <string_view>

namespace mcp::transport {

// For maps whose string keys are looked up by views.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

}  // namespace mcp::transport
