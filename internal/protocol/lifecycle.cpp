#include "internal/protocol/lifecycle.h"

#include "internal/base/strings.h"
#include "internal/json/members.h"
#include "internal/protocol/meta.h"

namespace mcp::protocol {
namespace {

std::string_view or_empty_object(std::string_view raw) { return raw.empty() ? std::string_view("{}") : raw; }

tl::unexpected<jsonrpc::RpcError> invalid(std::string message) {
  return tl::unexpected<jsonrpc::RpcError>(
      jsonrpc::RpcError{jsonrpc::kInvalidParams, std::move(message), {}});
}

// A string that may be absent or null.
Result<std::string> optional_string(std::string_view object, std::string_view key) {
  std::string_view raw = json::member_of(object, key);
  if (raw.empty() || raw == "null") return std::string();
  auto text = json::decode_string(raw);
  if (!text) return fail(ErrorCode::kProtocol, "member " + json_quote(key) + " must be a string");
  return *text;
}

// What both hellos share.
Result<ServerHello> read_hello(std::string_view raw) {
  if (json::type_of(raw) != json::Type::kObject)
    return fail(ErrorCode::kProtocol, "the result must be an object");
  ServerHello hello;
  std::string_view capabilities = json::member_of(raw, "capabilities");
  if (capabilities.empty()) return fail(ErrorCode::kProtocol, "member \"capabilities\" is missing");
  auto said = parse_server_capabilities(capabilities);
  if (!said) return fail(ErrorCode::kProtocol, said.error().message);
  hello.capabilities = std::move(*said);
  MCP_ASSIGN(hello.instructions, optional_string(raw, "instructions"));
  return hello;
}

Result<void> take_server_info(ServerHello& hello, std::string_view info) {
  if (json::type_of(info) != json::Type::kObject)
    return fail(ErrorCode::kProtocol, "serverInfo must be an object");
  hello.server_info = info;
  return {};
}

// An array of strings; absent: none.
tl::expected<std::vector<std::string>, jsonrpc::RpcError> string_list(std::string_view object,
                                                                      std::string_view key) {
  std::vector<std::string> texts;
  std::string_view raw = json::member_of(object, key);
  if (raw.empty()) return texts;
  std::string name = "notifications." + std::string(key);
  if (json::type_of(raw) != json::Type::kArray) return invalid(name + " must be an array");
  for (std::string_view element : json::elements_of(raw)) {
    if (element.size() > jsonrpc::kMaxWord)
      return invalid(name + ": one is longer than " + std::to_string(jsonrpc::kMaxWord) + " bytes");
    auto text = json::decode_string(element);
    if (!text) return invalid(name + " must be strings");
    texts.push_back(std::move(*text));
  }
  return texts;
}

std::string string_array(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out.append(out.empty() ? "" : ",").append(json_quote(text));
  return "[" + out + "]";
}

std::string flag_error(std::string_view key) {
  return "notifications." + std::string(key) + " must be a boolean";
}

}  // namespace

tl::expected<InitializeParams, jsonrpc::RpcError> read_initialize(const jsonrpc::Message& request) {
  std::string_view params = request.params.view();
  auto version = json::decode_string(json::member_of(params, "protocolVersion"));
  if (!version) return invalid("initialize: protocolVersion must be a string");
  std::string_view raw_capabilities = json::member_of(params, "capabilities");
  if (raw_capabilities.empty()) return invalid("initialize: capabilities is missing");
  if (raw_capabilities.size() > kMaxClientWords)
    return invalid("initialize: " + longer_than_may_be("capabilities"));
  auto capabilities = parse_client_capabilities(raw_capabilities);
  if (!capabilities) return invalid("initialize: " + capabilities.error().message);
  std::string_view info = json::member_of(params, "clientInfo");
  if (json::type_of(info) != json::Type::kObject) return invalid("initialize: clientInfo must be an object");
  if (info.size() > kMaxClientWords) return invalid("initialize: " + longer_than_may_be("clientInfo"));
  return InitializeParams{std::move(*version), std::move(*capabilities), std::string(info)};
}

std::string initialize_params(Revision wanted, std::string_view capabilities, std::string_view client_info) {
  std::string out = "{\"protocolVersion\":" + json_quote(to_string(wanted));
  out.append(",\"capabilities\":").append(or_empty_object(capabilities));
  return out.append(",\"clientInfo\":").append(or_empty_object(client_info)).append("}");
}

std::string initialize_result(Revision agreed, std::string_view capabilities, std::string_view server_info,
                              std::string_view instructions) {
  std::string out = "{\"protocolVersion\":" + json_quote(to_string(agreed));
  out.append(",\"capabilities\":").append(or_empty_object(capabilities));
  out.append(",\"serverInfo\":").append(or_empty_object(server_info));
  if (!instructions.empty()) out.append(",\"instructions\":").append(json_quote(instructions));
  return out.append("}");
}

std::string discover_result(std::string_view capabilities, std::string_view server_info,
                            std::string_view instructions) {
  std::string out =
      "{\"resultType\":\"complete\",\"supportedVersions\":[" + json_quote(to_string(kLatestModern)) + "]";
  out.append(",\"capabilities\":").append(or_empty_object(capabilities));
  if (!instructions.empty()) out.append(",\"instructions\":").append(json_quote(instructions));
  out.append(",\"ttlMs\":0,\"cacheScope\":\"private\"");
  if (!server_info.empty()) {
    out.append(",\"_meta\":{")
        .append(json_quote(kMetaServerInfo))
        .append(":")
        .append(server_info)
        .append("}");
  }
  return out.append("}");
}

Result<ServerHello> read_initialize_result(std::string_view raw) {
  MCP_ASSIGN(ServerHello hello, read_hello(raw));
  auto version = json::decode_string(json::member_of(raw, "protocolVersion"));
  if (!version) return fail(ErrorCode::kProtocol, "member \"protocolVersion\" must be a string");
  hello.version = std::move(*version);
  MCP_TRY(take_server_info(hello, json::member_of(raw, "serverInfo")));
  return hello;
}

Result<ServerHello> read_discover_result(std::string_view raw) {
  MCP_ASSIGN(ServerHello hello, read_hello(raw));
  std::string_view versions = json::member_of(raw, "supportedVersions");
  if (json::type_of(versions) != json::Type::kArray) {
    return fail(ErrorCode::kProtocol, "member \"supportedVersions\" must be an array");
  }
  for (std::string_view element : json::elements_of(versions)) {
    auto version = json::decode_string(element);
    if (!version) return fail(ErrorCode::kProtocol, "supportedVersions must be strings");
    hello.supported.push_back(std::move(*version));
  }
  std::string_view info = json::member_of(json::member_of(raw, "_meta"), kMetaServerInfo);
  if (!info.empty()) MCP_TRY(take_server_info(hello, info));
  return hello;
}

tl::expected<ListenFilter, jsonrpc::RpcError> read_listen(std::string_view params) {
  std::string_view wanted = json::member_of(params, "notifications");
  if (json::type_of(wanted) != json::Type::kObject) return invalid("params.notifications must be an object");
  ListenFilter filter;
  for (auto [key, flag] : {std::pair{"toolsListChanged", &filter.tools},
                           {"promptsListChanged", &filter.prompts},
                           {"resourcesListChanged", &filter.resources}}) {
    std::string_view raw = json::member_of(wanted, key);
    if (!raw.empty() && json::type_of(raw) != json::Type::kBoolean) return invalid(flag_error(key));
    *flag = raw == "true";
  }
  for (auto [key, list] : {std::pair{"resourceSubscriptions", &filter.uris}, {"taskIds", &filter.task_ids}}) {
    auto texts = string_list(wanted, key);
    if (!texts) return tl::unexpected<jsonrpc::RpcError>(std::move(texts.error()));
    *list = std::move(*texts);
  }
  return filter;
}

std::string to_json(const ListenFilter& filter) {
  std::string out;
  auto add = [&out](bool set, std::string_view text) {
    if (set) out.append(out.empty() ? "" : ",").append(text);
  };
  add(filter.tools, "\"toolsListChanged\":true");
  add(filter.prompts, "\"promptsListChanged\":true");
  add(filter.resources, "\"resourcesListChanged\":true");
  add(!filter.uris.empty(), "\"resourceSubscriptions\":" + string_array(filter.uris));
  add(!filter.task_ids.empty(), "\"taskIds\":" + string_array(filter.task_ids));
  return "{" + out + "}";
}

jsonrpc::RpcError unsupported_version(std::string_view requested) {
  std::string data =
      "{\"supported\":[" + json_quote(to_string(kLatestModern)) + "],\"requested\":" + json_quote(requested);
  return {jsonrpc::kUnsupportedVersion, "Unsupported protocol version", data + "}"};
}

jsonrpc::RpcError missing_capability(std::string_view required) {
  std::string names;
  for (const json::Field& member : json::members_of(required)) {
    names.append(names.empty() ? "" : ", ").append(member.key);
  }
  std::string data = "{\"requiredCapabilities\":" + std::string(or_empty_object(required)) + "}";
  return {jsonrpc::kMissingClientCapability, "the client must declare the capability: " + names,
          std::move(data)};
}

jsonrpc::RpcError missing_tasks_extension() {
  std::string extension(kTasksExtension);
  auto error = missing_capability("{\"extensions\":{" + json_quote(extension) + ":{}}}");
  error.message = "the client must declare the extension " + extension;
  return error;
}

int modern_http_status(int rpc_code) {
  switch (rpc_code) {
    case jsonrpc::kMethodNotFound: return 404;
    case jsonrpc::kHeaderMismatch:
    case jsonrpc::kMissingClientCapability:
    case jsonrpc::kUnsupportedVersion:
    case jsonrpc::kParseError:
    case jsonrpc::kInvalidRequest: return 400;
    default: return 200;
  }
}

}  // namespace mcp::protocol
