#pragma once

#include <vector>

#include "internal/base/bytes.h"

namespace mcp {

// A text in parts that share their bytes with others, so that a large one is framed and sent without being
// copied. Reads like Bytes: whoever asks for the whole gets the parts joined, once. Not for several threads.
class Rope {
 public:
  // From here on sharing a text is cheaper than copying it.
  static constexpr std::size_t kShareFrom = 64 << 10;

  Rope() = default;
  Rope(Bytes whole) : whole_(std::move(whole)) {}  // implicit: Bytes are a rope
  explicit Rope(std::vector<Bytes> parts);
  // `before`, the parts of `middle`, `after`: shared when large, else copied into one part.
  static Rope frame(std::string before, const Rope& middle, std::string_view after);

  std::size_t size() const;
  bool empty() const { return size() == 0; }
  std::size_t parts() const { return parts_.empty() ? 1 : parts_.size(); }
  const Bytes& part(std::size_t i) const { return parts_.empty() ? whole_ : parts_[i]; }

  const Bytes& whole() const;
  operator const Bytes&() const { return whole(); }
  std::string_view view() const { return whole().view(); }
  const char* data() const { return whole().data(); }
  Bytes slice(std::string_view part) const { return whole().slice(part); }

 private:
  mutable Bytes whole_;
  mutable std::vector<Bytes> parts_;  // empty: it is whole
};

}  // namespace mcp
