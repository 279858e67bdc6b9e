#include "internal/server/answer.h"

#include "internal/base/strings.h"
#include "internal/server/context.h"

namespace mcp::server {
namespace {

Task<Answer> ready(Answer answer) { co_return answer; }

}  // namespace

InputRequired& InputRequired::elicit(std::string key, std::string_view message,
                                     std::string_view requested_schema) {
  questions.push_back({std::move(key), "elicitation/create",
                       "{\"message\":" + json_quote(message) +
                           ",\"requestedSchema\":" + std::string(requested_schema) + "}"});
  return *this;
}

InputRequired& InputRequired::sample(std::string key, std::string params) {
  questions.push_back({std::move(key), "sampling/createMessage", std::move(params)});
  return *this;
}

InputRequired& InputRequired::list_roots(std::string key) {
  questions.push_back({std::move(key), "roots/list", {}});
  return *this;
}

Handler immediate(std::function<Answer(Context&)> function) {
  return [function = std::move(function)](ContextPtr context) { return ready(function(*context)); };
}

}  // namespace mcp::server
