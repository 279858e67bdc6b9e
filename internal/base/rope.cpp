#include "internal/base/rope.h"

#include <numeric>

namespace mcp {

Rope::Rope(std::vector<Bytes> parts) : parts_(std::move(parts)) {
  if (parts_.size() > 1) return;
  if (!parts_.empty()) whole_ = std::move(parts_.front());
  parts_.clear();
}

Rope Rope::frame(std::string before, const Rope& middle, std::string_view after) {
  if (middle.size() < kShareFrom) {
    before.reserve(before.size() + middle.size() + after.size() + Bytes::kPadding);
    for (std::size_t i = 0; i < middle.parts(); ++i) before.append(middle.part(i).view());
    return Bytes::adopt(std::move(before.append(after)));
  }
  std::vector<Bytes> parts{Bytes::adopt(std::move(before))};
  for (std::size_t i = 0; i < middle.parts(); ++i) parts.push_back(middle.part(i));
  parts.push_back(Bytes::copy(after));
  return Rope(std::move(parts));
}

std::size_t Rope::size() const {
  if (parts_.empty()) return whole_.size();
  return std::accumulate(parts_.begin(), parts_.end(), std::size_t{0},
                         [](std::size_t sum, const Bytes& part) { return sum + part.size(); });
}

const Bytes& Rope::whole() const {
  if (parts_.empty()) return whole_;
  std::string text;
  text.reserve(size() + Bytes::kPadding);
  for (const Bytes& part : parts_) text.append(part.view());
  whole_ = Bytes::adopt(std::move(text));
  parts_.clear();
  return whole_;
}

}  // namespace mcp
