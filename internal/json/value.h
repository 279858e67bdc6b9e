#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "internal/base/error.h"
#include "internal/json/scan.h"

namespace mcp::json {

// A parsed JSON value, for the few who need one. Object keys keep their order.
using Value = nlohmann::ordered_json;

// Errors: kMalformed (not JSON, nested deeper than max_depth, or an object names a key twice).
Result<Value> parse(std::string_view text, int max_depth = kMaxDepth);

// Compact UTF-8. Invalid UTF-8 inside strings is replaced, never thrown over.
std::string dump(const Value& value);
std::string dump_pretty(const Value& value);

}  // namespace mcp::json
