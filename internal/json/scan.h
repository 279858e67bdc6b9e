#pragma once

#include <forward_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "internal/base/bytes.h"
#include "internal/base/error.h"

namespace mcp::json {

// Levels of nesting that anyone here accepts.
inline constexpr int kMaxDepth = 256;

// Is this one whole JSON text (RFC 8259)? Any number is legal, and half a surrogate pair. max_depth: at most
// kMaxDepth. Errors: kMalformed, kLimit (deeper than max_depth).
Result<void> validate(const Bytes& text, int max_depth = kMaxDepth);

enum class Type { kObject, kArray, kString, kNumber, kBoolean, kNull };
Type type_of(std::string_view raw);

// One member of an object: the key decoded, the value as it stands in the source.
struct Field {
  std::string_view key;
  std::string_view raw;  // a slice of the scanned bytes, without surrounding blanks
};

// The members of one object, one level deep, in their order. Keys and values are slices of the source, which
// must live as long.
class Fields {
 public:
  Fields() = default;
  Fields(Fields&&) = default;
  Fields& operator=(Fields&&) = default;

  const std::string_view* find(std::string_view key) const;
  std::string_view get(std::string_view key) const;  // empty when absent: no JSON value is empty
  std::vector<Field>::const_iterator begin() const { return fields_.begin(); }
  std::vector<Field>::const_iterator end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }
  bool empty() const { return fields_.empty(); }

  // Appends a member whose key is written as `raw_key`. False: that is no string.
  bool add(std::string_view raw_key, std::string_view raw_value);

 private:
  std::vector<Field> fields_;
  std::forward_list<std::string> decoded_;  // the keys that are written with escapes
};

// Walks all keys of an object that validate() accepted, and refuses one that stands twice, so that no two
// readers of the same message can see different values. Errors: kMalformed (not an object, duplicate key).
Result<Fields> scan_object(const Bytes& object);

// The elements of an array that validate() accepted; no more than `max` of them. Errors: kMalformed (not an
// array).
Result<std::vector<std::string_view>> scan_array(const Bytes& array,
                                                 std::size_t max = std::numeric_limits<std::size_t>::max());

// The text of a JSON string literal; half a surrogate pair as escapes.h says. Errors: kMalformed (no string).
Result<std::string> decode_string(std::string_view raw);

// A number without fraction or exponent that fits. nullopt otherwise.
std::optional<std::int64_t> decode_integer(std::string_view raw);

}  // namespace mcp::json
