#include "internal/server/context.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <nlohmann/json.hpp>

#include "internal/base/strings.h"
#include "internal/json/scan.h"
#include "internal/protocol/era_bridge.h"
#include "internal/protocol/lifecycle.h"
#include "internal/server/log_level.h"

namespace mcp::server {

using json::Value;

// Most arguments are a few strings: those stay as they were written, and become a Value for a handler that
// asks for one.
struct Context::Params {
  Bytes raw;           // params.arguments; empty: there are none
  json::Fields plain;  // its members, while there is no Value
  std::optional<Value> value;
  Value responses;  // null: the client sent none
};

namespace {

jsonrpc::RpcError invalid(std::string message) { return {jsonrpc::kInvalidParams, std::move(message), {}}; }

std::string number(double value) {
  char text[32];
  auto end = std::to_chars(text, text + sizeof text, value);
  return {text, end.ptr};
}

// Has one value for every reader, and needs no decoding to be told apart.
bool is_plain(const json::Field& field) {
  switch (json::type_of(field.raw)) {
    case json::Type::kString: return field.raw.find('\\') == std::string_view::npos;
    case json::Type::kBoolean:
    case json::Type::kNull: return true;
    default: return false;
  }
}

bool declared(const protocol::ClientCapabilities& can, std::string_view capability) {
  if (capability == "sampling") return can.sampling;
  if (capability == "roots") return can.roots;
  if (capability == "elicitation") return can.elicitation_form;
  if (capability == "elicitation.url") return can.elicitation_url;
  return false;
}

}  // namespace

tl::expected<void, jsonrpc::RpcError> Context::read_arguments(Params& params, const Bytes& whole,
                                                              std::string_view raw) {
  if (raw.empty()) return {};
  if (json::type_of(raw) != json::Type::kObject)
    return tl::unexpected(invalid("arguments must be an object"));
  params.raw = whole.slice(raw);
  auto members = json::scan_object(params.raw);
  if (!members) return tl::unexpected(invalid("params: " + members.error().message));
  if (std::all_of(members->begin(), members->end(), is_plain)) {
    params.plain = std::move(*members);
    return {};
  }
  auto value = json::parse(raw);
  if (!value) return tl::unexpected(invalid("params: " + value.error().message));
  params.value = std::move(*value);
  return {};
}

tl::expected<void, jsonrpc::RpcError> Context::read_responses(Params& params, std::string_view raw) {
  if (raw.empty()) return {};
  if (json::type_of(raw) != json::Type::kObject)
    return tl::unexpected(invalid("inputResponses must be an object"));
  auto value = json::parse(raw);
  if (!value) return tl::unexpected(invalid("params: " + value.error().message));
  params.responses = std::move(*value);
  return {};
}

Context::Context(async::Loop& loop, CallPtr call, std::unique_ptr<Params> params)
    : loop_(loop), call_(std::move(call)), params_(std::move(params)) {}
Context::~Context() = default;

tl::expected<ContextPtr, jsonrpc::RpcError> Context::read(async::Loop& loop, CallPtr call) {
  auto params = std::make_unique<Params>();
  std::string state;
  if (!call->params().empty()) {
    auto fields = json::scan_object(call->params());
    if (!fields) return tl::unexpected(invalid("params: " + fields.error().message));
    auto read = read_arguments(*params, call->params(), fields->get("arguments"));
    if (read) read = read_responses(*params, fields->get("inputResponses"));
    if (!read) return tl::unexpected(std::move(read.error()));
    if (auto raw = fields->get("requestState"); !raw.empty()) {
      auto text = json::decode_string(raw);
      if (!text) return tl::unexpected(invalid("requestState must be a string"));
      state = std::move(*text);
    }
  }
  ContextPtr context(new Context(loop, std::move(call), std::move(params)));
  context->state_ = std::move(state);
  return context;
}

const Value& Context::arguments() const {
  // What is plain parses, and names no key twice.
  if (!params_->value) {
    auto parsed = json::parse(params_->raw.empty() ? "{}" : params_->raw.view());
    params_->value = parsed ? std::move(*parsed) : Value::object();
  }
  return *params_->value;
}

std::string Context::argument(const std::string& name) const {
  if (!params_->value) {
    auto text = json::decode_string(params_->plain.get(name));
    return text ? std::move(*text) : std::string();
  }
  auto found = params_->value->find(name);
  return found != params_->value->end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool Context::has_argument(const std::string& name) const {
  return params_->value ? params_->value->contains(name) : params_->plain.find(name) != nullptr;
}

bool Context::only_string_arguments() const {
  if (params_->value) {
    return std::all_of(params_->value->begin(), params_->value->end(),
                       [](const Value& value) { return value.is_string(); });
  }
  return std::all_of(params_->plain.begin(), params_->plain.end(), [](const json::Field& field) {
    return json::type_of(field.raw) == json::Type::kString;
  });
}

void Context::progress(double done, std::optional<double> total, std::string_view message) {
  const auto& token = call_->message().progress_token;
  if (token.empty()) return;
  std::string params = "{\"progressToken\":" + std::string(token.view()) + ",\"progress\":" + number(done);
  if (total) params += ",\"total\":" + number(*total);
  // `message` came with 2025-03-26.
  if (!message.empty() && client().revision > protocol::Revision::k2024_11_05) {
    params += ",\"message\":" + json_quote(message);
  }
  call_->notify("notifications/progress", params + "}");
}

void Context::log(std::string_view level, std::string_view data, std::string_view logger) {
  if (!wants_log(client(), level)) return;
  std::string params = "{\"level\":" + json_quote(level);
  if (!logger.empty()) params += ",\"logger\":" + json_quote(logger);
  call_->notify("notifications/message", params + ",\"data\":" + std::string(data) + "}");
}

const Value* Context::input_response(const std::string& key) const {
  if (!params_->responses.is_object()) return nullptr;
  auto found = params_->responses.find(key);
  return found == params_->responses.end() ? nullptr : &*found;
}

const Value* Context::accepted(const std::string& key) const {
  const Value* response = input_response(key);
  if (!response || !response->is_object()) return nullptr;
  auto action = response->find("action");
  auto content = response->find("content");
  if (action == response->end() || *action != "accept" || content == response->end()) return nullptr;
  return content->is_object() ? &*content : nullptr;
}

bool Context::has_input_responses() const { return params_->responses.is_object(); }

void Context::add_input_response(const std::string& key, const Bytes& raw) {
  auto value = json::parse(raw.view());
  if (!params_->responses.is_object()) params_->responses = Value::object();
  if (value) params_->responses[key] = std::move(*value);
}

void Context::forget_input_responses() { params_->responses = nullptr; }

std::optional<jsonrpc::RpcError> Context::require(std::string_view capability) const {
  if (declared(client().capabilities, capability)) return std::nullopt;
  auto error = protocol::missing_capability(required_capabilities(capability));
  return protocol::bridge_error(std::move(error), call_->method(), protocol::Era::kModern, client().era());
}

std::string Context::canonical_arguments() const {
  nlohmann::json sorted = arguments();  // std::map inside: keys sorted
  return sorted.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string_view capability_for(const InputRequired::Question& question) {
  if (question.method == "sampling/createMessage") return "sampling";
  if (question.method == "roots/list") return "roots";
  if (question.method != "elicitation/create") return {};
  auto params = json::parse(question.params);
  bool url = params && params->is_object() && params->value("mode", Value()) == "url";
  return url ? "elicitation.url" : "elicitation";
}

std::string required_capabilities(std::string_view capability) {
  if (capability == "elicitation.url") return R"({"elicitation":{"url":{}}})";
  return "{" + json_quote(capability) + ":{}}";
}

}  // namespace mcp::server
