#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "internal/async/task.h"
#include "internal/jsonrpc/errors.h"
#include "internal/server/content.h"

namespace mcp::server {

// A handler cannot answer yet: the client is asked, and the handler runs again with its answers (SEP-2322).
// Works in both eras: a legacy client is sent real requests by the catalog.
struct InputRequired {
  struct Question {
    std::string key;     // under which the handler finds the answer: Context::input_response
    std::string method;  // elicitation/create, sampling/createMessage or roots/list
    std::string params;  // raw, or empty
  };
  std::vector<Question> questions;
  // Comes back as Context::request_state. The client can read it but not change it (request_state.h).
  std::string state;

  InputRequired& elicit(std::string key, std::string_view message, std::string_view requested_schema);
  InputRequired& sample(std::string key, std::string params);
  InputRequired& list_roots(std::string key);
};

class Answer;
class Context;
using ContextPtr = std::shared_ptr<Context>;
// What answers a tool call, a resource read or a prompt. A coroutine, or a plain function through
// immediate().
using Handler = std::function<Task<Answer>(ContextPtr)>;

// The handler of a tool has heard enough; what is left takes long. Where the client takes tasks it is
// answered with one, and `rest` goes on behind it; elsewhere `rest` runs as a part of the call.
struct Background {
  Handler rest;
};

// How a handler ends: a result, an error of the protocol, questions first, or more work.
class Answer {
 public:
  Answer(const ToolResult& result) : value_(result.to_json()) {}
  Answer(const ResourceResult& result) : value_(result.to_json()) {}
  Answer(const PromptResult& result) : value_(result.to_json()) {}
  Answer(InputRequired questions) : value_(std::move(questions)) {}
  Answer(jsonrpc::RpcError error) : value_(std::move(error)) {}
  Answer(Background work) : value_(std::move(work)) {}

  const std::string* result() const { return std::get_if<std::string>(&value_); }
  const InputRequired* input_required() const { return std::get_if<InputRequired>(&value_); }
  const jsonrpc::RpcError* error() const { return std::get_if<jsonrpc::RpcError>(&value_); }
  const Background* background() const { return std::get_if<Background>(&value_); }

 private:
  std::variant<std::string, InputRequired, jsonrpc::RpcError, Background> value_;
};

Handler immediate(std::function<Answer(Context&)> function);

}  // namespace mcp::server
