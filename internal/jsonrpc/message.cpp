#include "internal/jsonrpc/message.h"

#include <cassert>

#include "internal/base/strings.h"
#include "internal/json/members.h"
#include "internal/json/scan.h"

namespace mcp::jsonrpc {
namespace {

tl::unexpected<Error> not_a_message(std::string why) { return fail(ErrorCode::kProtocol, std::move(why)); }

std::string too_long(std::string_view member) {
  return "member \"" + std::string(member) + "\" is longer than " + std::to_string(kMaxWord) + " bytes";
}

Result<void> check_version(std::string_view raw) {
  if (raw == "\"2.0\"") return {};
  auto text = json::decode_string(raw);
  if (text && *text == "2.0") return {};
  return not_a_message("member \"jsonrpc\" must be \"2.0\"");
}

// _meta holds what every hop looks at: duplicates inside would let two readers disagree.
Result<void> read_meta(Message& message, std::string_view raw) {
  if (raw.empty()) return {};
  if (json::type_of(raw) != json::Type::kObject) return fail(ErrorCode::kInvalid, "_meta must be an object");
  message.meta = message.bytes.slice(raw);
  auto fields = json::scan_object(message.meta);
  if (!fields) return not_a_message("_meta: " + fields.error().message);
  if (auto token = fields->get("progressToken"); !token.empty()) {
    if (token.size() > kMaxWord) return fail(ErrorCode::kInvalid, too_long("progressToken"));
    message.progress_token = message.bytes.slice(token);
  }
  return {};
}

Result<void> read_params(Message& message, std::string_view raw) {
  if (raw.empty()) return {};
  // JSON-RPC 2.0 §4.2 allows arrays by position; MCP's methods all take objects.
  if (json::type_of(raw) != json::Type::kObject) return not_a_message("member \"params\" must be an object");
  message.params = message.bytes.slice(raw);
  auto fields = json::scan_object(message.params);
  if (!fields) return not_a_message("params: " + fields.error().message);
  if (auto name = fields->get("name"); !name.empty()) message.name = message.bytes.slice(name);
  if (auto uri = fields->get("uri"); !uri.empty()) message.uri = message.bytes.slice(uri);
  return read_meta(message, fields->get("_meta"));
}

Result<void> read_call(Message& message, const json::Fields& fields, std::string_view id) {
  if (fields.get("method").size() > kMaxWord) return not_a_message(too_long("method"));
  auto method = json::decode_string(fields.get("method"));
  if (!method) return not_a_message("member \"method\" must be a string");
  if (fields.find("result") != nullptr || fields.find("error") != nullptr) {
    return not_a_message("a message has a method, or a result, or an error");
  }
  message.method = std::move(*method);
  message.kind = Kind::kNotification;
  if (!id.empty()) {
    MCP_ASSIGN(message.id, Id::parse(id));
    message.kind = Kind::kRequest;
  }
  return read_params(message, fields.get("params"));
}

void note_result_meta(Message& message, std::string_view result) {
  std::string_view meta = json::member_of(result, "_meta");
  if (json::type_of(meta) == json::Type::kObject) message.meta = message.bytes.slice(meta);
}

Result<void> read_response(Message& message, const json::Fields& fields, std::string_view id) {
  auto result = fields.get("result");
  auto error = fields.get("error");
  if (result.empty() == error.empty())
    return not_a_message("a message has a method, or a result, or an error");
  message.kind = result.empty() ? Kind::kError : Kind::kResult;
  bool anonymous = id.empty() || id == "null";
  if (anonymous && message.kind == Kind::kResult) return not_a_message("a result needs an id");
  if (!anonymous) {
    MCP_ASSIGN(message.id, Id::parse(id));
  }
  if (message.kind == Kind::kError) {
    if (json::type_of(error) != json::Type::kObject)
      return not_a_message("member \"error\" must be an object");
    message.error = message.bytes.slice(error);
    return {};
  }
  if (json::type_of(result) != json::Type::kObject)
    return not_a_message("member \"result\" must be an object");
  message.result = message.bytes.slice(result);
  note_result_meta(message, result);
  return {};
}

}  // namespace

Id Id::number(std::int64_t value) { return Id(std::to_string(value)); }
Id Id::text(std::string_view value) { return Id(json_quote(value)); }

Result<Id> Id::parse(std::string_view raw) {
  if (raw.size() > kMaxWord) return not_a_message(too_long("id"));
  switch (json::type_of(raw)) {
    case json::Type::kString: {
      if (raw.find('\\') == std::string_view::npos) return Id(std::string(raw));
      MCP_ASSIGN(auto text, json::decode_string(raw));
      return Id::text(text);
    }
    case json::Type::kNumber:
      if (!raw.empty() && raw.find_first_of(".eE") == std::string_view::npos) return Id(std::string(raw));
      break;
    default: break;
  }
  return not_a_message("member \"id\" must be a string or an integer");
}

Result<Message> Message::parse(Bytes text, int max_depth) {
  MCP_TRY(json::validate(text, max_depth));
  Message message;
  std::string_view trimmed = trim(text.view());
  message.bytes = text.slice(trimmed);
  if (json::type_of(trimmed) != json::Type::kObject) return not_a_message("a message is a JSON object");
  auto fields = json::scan_object(message.bytes);
  if (!fields) return not_a_message(fields.error().message);
  MCP_TRY(check_version(fields->get("jsonrpc")));
  std::string_view id = fields->get("id");
  if (fields->find("method") != nullptr) {
    MCP_TRY(read_call(message, *fields, id));
  } else {
    MCP_TRY(read_response(message, *fields, id));
  }
  return message;
}

bool is_batch(std::string_view text) {
  text = trim(text);
  return !text.empty() && text.front() == '[';
}

Result<std::vector<Bytes>> split_batch(const Bytes& text, std::size_t max, int max_depth) {
  MCP_TRY(json::validate(text, max_depth));
  MCP_ASSIGN(auto elements, json::scan_array(text, max + 1));
  if (elements.empty()) return not_a_message("an empty batch");
  std::vector<Bytes> messages;
  for (std::string_view element : elements) messages.push_back(text.slice(element));
  return messages;
}

std::optional<Id> salvage_id(const Bytes& text) {
  if (!json::validate(text)) return std::nullopt;
  std::optional<Id> found;
  for (const json::Field& member : json::members_of(text.view())) {
    if (member.key != "id") continue;
    auto id = Id::parse(member.raw);
    if (!id || found) return std::nullopt;  // two ids: which one would the sender wait for?
    found = *id;
  }
  return found;
}

Salvage salvage(std::string_view text) {
  Salvage found;
  bool twice = false;
  for (const json::Field& member : json::members_of(text)) {
    if (member.key == "method") found.is_call = true;
    // What touches the end of the text may have been cut.
    bool cut = member.raw.data() + member.raw.size() == text.data() + text.size();
    if (member.key != "id" || cut) continue;
    auto id = Id::parse(member.raw);
    twice = twice || found.id || !id;
    if (id) found.id = std::move(*id);
  }
  if (twice) found.id = std::nullopt;
  return found;
}

Bytes make_request(const Id& id, std::string_view method, std::string_view params) {
  std::string text = "{\"jsonrpc\":\"2.0\",\"id\":";
  text.reserve(text.size() + id.raw().size() + method.size() + params.size() + 32 + Bytes::kPadding);
  text.append(id.raw()).append(",\"method\":").append(json_quote(method));
  if (!params.empty()) text.append(",\"params\":").append(params);
  return Bytes::adopt(std::move(text += '}'));
}

Bytes make_notification(std::string_view method, std::string_view params) {
  std::string text = "{\"jsonrpc\":\"2.0\",\"method\":" + json_quote(method);
  if (!params.empty()) text.append(",\"params\":").append(params);
  return Bytes::adopt(std::move(text += '}'));
}

Bytes make_result(const Id& id, std::string_view result) {
  return Bytes::concat("{\"jsonrpc\":\"2.0\",\"id\":", id.raw(), ",\"result\":", result, "}");
}

Message share_result(const Id& id, const Rope& result) {
  Message message;
  message.kind = Kind::kResult;
  message.id = id;
  if (result.parts() == 1) message.result = result;
  message.bytes = Rope::frame("{\"jsonrpc\":\"2.0\",\"id\":" + id.raw() + ",\"result\":", result, "}");
  return message;
}

Bytes make_error(const std::optional<Id>& id, const RpcError& error) {
  std::string text = "{\"jsonrpc\":\"2.0\",";
  if (id) text.append("\"id\":").append(id->raw()).append(",");
  return Bytes::adopt(text.append("\"error\":").append(error.to_json()).append("}"));
}

Message own_request(const Id& id, std::string_view method, std::string_view params) {
  Message message;
  message.bytes = make_request(id, method, params);
  message.kind = Kind::kRequest;
  message.id = id;
  message.method = method;
  if (params.empty()) return message;
  std::string_view text = message.bytes.view();
  std::string_view own =
      text.substr(text.size() - 1 - params.size(), params.size());  // before the last brace
  message.params = message.bytes.slice(own);
  for (const json::Field& member : json::members_of(own)) {
    if (member.key == "name") message.name = message.bytes.slice(member.raw);
    if (member.key == "uri") message.uri = message.bytes.slice(member.raw);
    if (member.key == "_meta") message.meta = message.bytes.slice(member.raw);
  }
  if (auto token = json::member_of(message.meta.view(), "progressToken"); !token.empty()) {
    message.progress_token = message.bytes.slice(token);
  }
  return message;
}

Message own_result(const Id& id, std::string_view result) {
  Message message;
  message.bytes = make_result(id, result);
  message.kind = Kind::kResult;
  message.id = id;
  std::string_view text = message.bytes.view();
  std::string_view own = text.substr(text.size() - 1 - result.size(), result.size());
  message.result = message.bytes.slice(own);
  note_result_meta(message, own);
  return message;
}

Message own_message(Bytes text) {
  auto message = Message::parse(std::move(text));
  assert(message && "a message of ours is well-formed");
  return message ? std::move(*message) : Message{};
}

}  // namespace mcp::jsonrpc
