#include "internal/base/bytes.h"

#include <cassert>

namespace mcp {

Bytes Bytes::copy(std::string_view text) { return concat(text, {}); }

Bytes Bytes::adopt(std::string text) {
  text.reserve(text.size() + kPadding);
  auto owner = std::make_shared<const std::string>(std::move(text));
  std::string_view view = *owner;
  return Bytes(std::move(owner), view);
}

Bytes Bytes::concat(std::string_view a, std::string_view b, std::string_view c, std::string_view d,
                    std::string_view e) {
  std::string text;
  text.reserve(a.size() + b.size() + c.size() + d.size() + e.size() + kPadding);
  text.append(a).append(b).append(c).append(d).append(e);
  return adopt(std::move(text));
}

Bytes Bytes::slice(std::string_view part) const {
  assert(part.empty() ||
         (part.data() >= view_.data() && part.data() + part.size() <= view_.data() + view_.size()));
  return Bytes(owner_, part);
}

}  // namespace mcp
