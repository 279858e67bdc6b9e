#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "internal/base/error.h"
#include "internal/json/scan.h"

namespace mcp::json {

// A parsed JSON value, for the few who need one. Object keys keep their order.
using Value = nlohmann::ordered_json;

// Half a surrogate pair is read as U+FFFD. Errors: kMalformed (not JSON, deeper than max_depth, a key twice).
Result<Value> parse(std::string_view text, int max_depth = kMaxDepth);

// Compact UTF-8. Invalid UTF-8 inside strings is replaced, never thrown over.
std::string dump(const Value& value);
std::string dump_pretty(const Value& value);

}  // namespace mcp::json
