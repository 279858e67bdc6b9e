#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "internal/json/value.h"
#include "internal/server/answer.h"
#include "internal/server/session.h"

namespace mcp::server {

// What a handler sees of the call that it answers.
class Context {
 public:
  // The error is -32602: params, arguments or inputResponses of the wrong type.
  static tl::expected<ContextPtr, jsonrpc::RpcError> read(async::Loop& loop, CallPtr call);
  ~Context();

  async::Loop& loop() const { return loop_; }
  const CallPtr& call() const { return call_; }
  // What is left of the call goes on under another one: that of its task.
  void go_on_as(CallPtr call) { call_ = std::move(call); }
  const protocol::ClientView& client() const { return call_->client(); }
  bool modern() const { return client().era() == protocol::Era::kModern; }

  // params.arguments; {} when the client left them out.
  const json::Value& arguments() const;
  // An argument that is a string; empty when it is absent or not one.
  std::string argument(const std::string& name) const;
  bool has_argument(const std::string& name) const;
  bool only_string_arguments() const;
  // Of a resource template's URI.
  const std::map<std::string, std::string>& variables() const { return variables_; }
  void set_variables(std::map<std::string, std::string> variables) { variables_ = std::move(variables); }

  // Sent only to a client that gave a progressToken.
  void progress(double done, std::optional<double> total = {}, std::string_view message = {});
  // Sent only to a client that wants the level (log_level.h). data: raw JSON.
  void log(std::string_view level, std::string_view data, std::string_view logger = {});
  // Legacy only; InputRequired asks in both eras.
  Task<Outcome> ask(std::string method, Bytes params) {
    return call_->ask(std::move(method), std::move(params));
  }

  // What the client answered to InputRequired; nullptr when that key is missing.
  const json::Value* input_response(const std::string& key) const;
  // The content of an elicitation that the user accepted; nullptr when missing, declined or cancelled.
  const json::Value* accepted(const std::string& key) const;
  bool has_input_responses() const;
  // InputRequired::state of the round before; empty in the first.
  const std::string& request_state() const { return state_; }
  void set_request_state(std::string state) { state_ = std::move(state); }
  void add_input_response(const std::string& key, const Bytes& raw);
  void forget_input_responses();

  // What to answer when the client lacks a capability: "sampling", "roots", "elicitation", "elicitation.url".
  std::optional<jsonrpc::RpcError> require(std::string_view capability) const;
  // The arguments in a form that does not depend on the order of their keys.
  std::string canonical_arguments() const;

 private:
  struct Params;
  static tl::expected<void, jsonrpc::RpcError> read_arguments(Params& params, const Bytes& whole,
                                                              std::string_view raw);
  static tl::expected<void, jsonrpc::RpcError> read_responses(Params& params, std::string_view raw);
  Context(async::Loop& loop, CallPtr call, std::unique_ptr<Params> params);

  async::Loop& loop_;
  CallPtr call_;
  std::unique_ptr<Params> params_;
  std::map<std::string, std::string> variables_;
  std::string state_;
};

// The capability that a client must have declared to be asked this; empty for a method that cannot be asked.
std::string_view capability_for(const InputRequired::Question& question);
// Raw ClientCapabilities that say "this one", for data.requiredCapabilities.
std::string required_capabilities(std::string_view capability);

}  // namespace mcp::server
