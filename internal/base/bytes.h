#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace mcp {

// Immutable bytes with shared ownership, or a slice of such bytes. Copying costs a reference count.
// At least kPadding readable bytes follow the end of every slice: the JSON parser reads ahead.
class Bytes {
 public:
  static constexpr std::size_t kPadding = 64;

  Bytes() = default;

  static Bytes copy(std::string_view text);
  // Takes the string over; it is reallocated only when its capacity lacks the padding.
  static Bytes adopt(std::string text);
  // One allocation for all parts.
  static Bytes concat(std::string_view a, std::string_view b, std::string_view c = {},
                      std::string_view d = {}, std::string_view e = {});

  std::string_view view() const { return view_; }
  const char* data() const { return view_.data(); }
  std::size_t size() const { return view_.size(); }
  bool empty() const { return view_.empty(); }

  // A part of these bytes that keeps the whole alive. `part` must lie inside view().
  Bytes slice(std::string_view part) const;

  friend bool operator==(const Bytes& a, const Bytes& b) { return a.view_ == b.view_; }

 private:
  Bytes(std::shared_ptr<const std::string> owner, std::string_view view)
      : owner_(std::move(owner)), view_(view) {}

  std::shared_ptr<const std::string> owner_;
  std::string_view view_;
};

}  // namespace mcp
