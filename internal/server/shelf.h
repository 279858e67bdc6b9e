#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "internal/base/base64.h"
#include "internal/base/error.h"

namespace mcp::server {

// Declared things of one kind in the order of their declaration, which is the order of their list.
template <class T>
class Shelf {
 public:
  struct Entry {
    std::string key;
    std::string json;  // as the list shows it
    T item;
  };
  using EntryPtr = std::shared_ptr<const Entry>;

  // Errors: kExists.
  Result<void> add(std::string key, std::string json, T item) {
    if (find(key)) return fail(ErrorCode::kExists, "\"" + key + "\" is declared already");
    entries_.push_back(std::make_shared<Entry>(Entry{std::move(key), std::move(json), std::move(item)}));
    return {};
  }
  bool remove(std::string_view key) {
    auto index = index_of(key);
    if (index) entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(*index));
    return index.has_value();
  }
  EntryPtr find(std::string_view key) const {
    auto index = index_of(key);
    return index ? entries_[*index] : nullptr;
  }
  bool empty() const { return entries_.empty(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

  // {"<member>":[…],"nextCursor":…}: one page that begins after `cursor`; all of it when page_size is 0.
  // A cursor names the last entry that was sent, so pages stay whole when others come and go.
  // Errors: kInvalid (no cursor of ours).
  Result<std::string> page(std::string_view member, const std::optional<std::string>& cursor,
                           std::size_t page_size) const {
    std::size_t first = 0;
    if (cursor) {
      auto key = base64_decode(*cursor);
      auto last = key ? index_of(*key) : std::nullopt;
      if (!last) return fail(ErrorCode::kInvalid, "unknown cursor", "start again without one");
      first = *last + 1;
    }
    std::size_t end = page_size == 0 ? entries_.size() : std::min(entries_.size(), first + page_size);
    std::string out = "{\"" + std::string(member) + "\":[";
    for (std::size_t i = first; i < end; ++i) out.append(i > first ? "," : "").append(entries_[i]->json);
    out += ']';
    if (end < entries_.size()) out += ",\"nextCursor\":\"" + base64_encode(entries_[end - 1]->key) + "\"";
    return out + "}";
  }

 private:
  std::optional<std::size_t> index_of(std::string_view key) const {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (entries_[i]->key == key) return i;
    }
    return std::nullopt;
  }

  std::vector<EntryPtr> entries_;
};

}  // namespace mcp::server
