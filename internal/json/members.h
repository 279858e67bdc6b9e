#pragma once

#include <string_view>
#include <vector>

#include "internal/json/scan.h"

namespace mcp::json {

// A light walk over slices of a text that validate() accepted. Unlike scan_object it needs no padding behind
// the slice, indexes nothing, and keeps keys that stand twice. On a text that was not validated it stays
// inside the slice.

// The members of an object, one level deep, in their order. None for what is not an object.
Fields members_of(std::string_view object);
// The raw value of the first member with this key; empty when there is none.
std::string_view member_of(std::string_view object, std::string_view key);
// The elements of an array. None for what is not an array.
std::vector<std::string_view> elements_of(std::string_view array);

}  // namespace mcp::json
