#include "internal/protocol/era_bridge.h"

#include "internal/base/strings.h"
#include "internal/json/members.h"
#include "internal/json/splice.h"
#include "internal/protocol/meta.h"
#include "internal/protocol/method.h"

namespace mcp::protocol {
namespace {

// Only modern results know these members.
bool modern_member(std::string_view key) {
  return key == "resultType" || key == "ttlMs" || key == "cacheScope";
}

class Additions {
 public:
  void add(std::string_view key, std::string_view value) {
    text_.append(text_.empty() ? "" : ",").append(json_quote(key)).append(":").append(value);
  }
  bool empty() const { return text_.empty(); }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

// The modern answer's `_meta` names the server that answers: for a gateway, the gateway.
void name_server(json::Splice& splice, Additions& additions, std::string_view meta,
                 std::string_view server_info) {
  if (server_info.empty()) return;
  std::string named = json_quote(kMetaServerInfo).append(":").append(server_info);
  if (json::type_of(meta) != json::Type::kObject) {
    std::string fresh = "{" + named + "}";
    if (meta.empty()) return additions.add("_meta", fresh);
    return splice.replace(meta, std::move(fresh));
  }
  std::string_view present = json::member_of(meta, kMetaServerInfo);
  if (present.empty()) return splice.insert_members(meta, std::move(named));
  if (present != server_info) splice.replace(present, std::string(server_info));
}

Rope as_modern(const Bytes& result, std::string_view method, std::string_view server_info) {
  auto members = json::members_of(result.view());  // once: a result may be large
  auto get = [&members](std::string_view key) {
    for (const json::Field& member : members) {
      if (member.key == key) return member.raw;
    }
    return std::string_view();
  };
  json::Splice splice(result.view());
  Additions additions;
  std::string_view type = get("resultType");
  if (type.empty()) additions.add("resultType", "\"complete\"");
  const Method* row = find_method(method);
  if (row != nullptr && row->cacheable && (type.empty() || type == "\"complete\"")) {
    if (get("ttlMs").empty()) additions.add("ttlMs", "0");
    if (get("cacheScope").empty()) additions.add("cacheScope", "\"private\"");
  }
  name_server(splice, additions, get("_meta"), server_info);
  if (!additions.empty()) splice.insert_members(result.view(), additions.take());
  return splice.empty() ? Rope(result) : splice.apply_to(result);
}

Rope as_legacy(const Bytes& result) {
  json::Splice splice(result.view());
  for (const json::Field& member : json::members_of(result.view())) {
    if (modern_member(member.key)) splice.remove_member(member.raw);
  }
  return splice.empty() ? Rope(result) : splice.apply_to(result);
}

jsonrpc::RpcError without_counterpart(jsonrpc::RpcError error) {
  std::string data = "{\"code\":" + std::to_string(error.code);
  if (!error.data.empty()) data.append(",\"data\":").append(error.data);
  return {jsonrpc::kInternalError, std::move(error.message), data + "}"};
}

}  // namespace

Rope bridge_result(const Bytes& result, std::string_view method, Era from, Era to,
                   std::string_view server_info) {
  if (json::type_of(result.view()) != json::Type::kObject) return result;
  if (to == Era::kModern) return as_modern(result, method, server_info);
  return from == Era::kModern ? as_legacy(result) : Rope(result);
}

jsonrpc::RpcError bridge_error(jsonrpc::RpcError error, std::string_view method, Era from, Era to) {
  if (from == to) return error;
  if (to == Era::kModern) {
    // 2026-07-28: -32002 and -32042 must not be sent.
    if (error.code == jsonrpc::kResourceNotFound) error.code = jsonrpc::kInvalidParams;
    return error.code == jsonrpc::kUrlElicitationRequired ? without_counterpart(std::move(error)) : error;
  }
  switch (error.code) {
    case jsonrpc::kInvalidParams:
      // The modern form of "resource not found" names the URI in its data (2026-07-28 resources, "Error
      // Handling").
      if (method == "resources/read" && !json::member_of(error.data, "uri").empty()) {
        error.code = jsonrpc::kResourceNotFound;
      }
      return error;
    case jsonrpc::kHeaderMismatch:
    case jsonrpc::kMissingClientCapability:
    case jsonrpc::kUnsupportedVersion: return without_counterpart(std::move(error));
    default: return error;
  }
}

std::string result_type(std::string_view result) {
  std::string_view raw = json::member_of(result, "resultType");
  if (raw.empty()) return "complete";
  auto text = json::decode_string(raw);
  return text ? *text : std::string();
}

}  // namespace mcp::protocol
