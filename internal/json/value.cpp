#include "internal/json/value.h"

#include <set>
#include <vector>

#include <nlohmann/json.hpp>

#include "internal/json/escapes.h"

namespace mcp::json {
namespace {

// Collects the keys of every open object, so that a key named twice is noticed.
class Guard {
 public:
  explicit Guard(int max_depth) : max_depth_(max_depth) {}

  bool operator()(int depth, Value::parse_event_t event, Value& parsed) {
    using Event = Value::parse_event_t;
    bool opens = event == Event::object_start || event == Event::array_start;
    if (opens && depth >= max_depth_)
      problem_ = "nested deeper than " + std::to_string(max_depth_) + " levels";
    if (event == Event::object_start) keys_.emplace_back();
    if (event == Event::object_end && !keys_.empty()) keys_.pop_back();
    if (event == Event::key && !keys_.back().insert(parsed.get<std::string>()).second) {
      problem_ = "key " + parsed.dump() + " appears twice";
    }
    return problem_.empty();
  }
  const std::string& problem() const { return problem_; }

 private:
  int max_depth_;
  std::vector<std::set<std::string>> keys_;
  std::string problem_;
};

// Refuses half a surrogate pair, as its library does.
Result<Value> parse_pairs(std::string_view text, int max_depth) {
  Guard guard(max_depth);
  auto callback = [&guard](int depth, Value::parse_event_t event, Value& parsed) {
    return guard(depth, event, parsed);
  };
  Value value = Value::parse(text, callback, /*allow_exceptions=*/false);
  if (!guard.problem().empty()) return fail(ErrorCode::kMalformed, guard.problem());
  if (value.is_discarded()) return fail(ErrorCode::kMalformed, "not valid JSON");
  return value;
}

}  // namespace

Result<Value> parse(std::string_view text, int max_depth) {
  auto value = parse_pairs(text, max_depth);
  if (value || text.find("\\u") == std::string_view::npos) return value;
  std::string whole = without_half_pairs(text);
  return whole == text ? value : parse_pairs(whole, max_depth);
}

std::string dump(const Value& value) { return value.dump(-1, ' ', false, Value::error_handler_t::replace); }
std::string dump_pretty(const Value& value) {
  return value.dump(2, ' ', false, Value::error_handler_t::replace);
}

}  // namespace mcp::json
