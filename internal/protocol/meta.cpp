#include "internal/protocol/meta.h"

#include <algorithm>
#include <array>
#include <vector>

#include "internal/base/strings.h"
#include "internal/json/members.h"
#include "internal/json/splice.h"
#include "internal/protocol/lifecycle.h"

namespace mcp::protocol {
namespace {

constexpr std::array<std::string_view, 6> kEnvelopeKeys = {kMetaVersion,    kMetaClientCapabilities,
                                                           kMetaClientInfo, kMetaLogLevel,
                                                           kMetaServerInfo, kMetaSubscriptionId};

constexpr std::array<std::string_view, 8> kLogLevels = {"debug", "info",     "notice", "warning",
                                                        "error", "critical", "alert",  "emergency"};

// A member to set (raw value) or, with an empty value, to remove.
struct Change {
  std::string_view key;
  std::string_view value;
};

std::string pair(std::string_view key, std::string_view value) {
  return json_quote(key).append(":").append(value);
}

// The object with the changes made; others keep their bytes.
std::string edit(std::string_view object, const std::vector<Change>& changes) {
  if (json::type_of(object) != json::Type::kObject) object = "{}";
  auto members = json::members_of(object);
  json::Splice splice(object);
  std::string added;
  for (const Change& change : changes) {
    bool found = false;
    for (const json::Field& member : members) {
      if (member.key != change.key) continue;
      found = true;
      if (change.value.empty()) {
        splice.remove_member(member.raw);
      } else if (member.raw != change.value) {
        splice.replace(member.raw, std::string(change.value));
      }
    }
    if (found || change.value.empty()) continue;
    added.append(added.empty() ? "" : ",").append(pair(change.key, change.value));
  }
  if (!added.empty()) splice.insert_members(object, std::move(added));
  return splice.empty() ? std::string(object) : splice.apply();
}

// The same inside the object's `_meta`, which is made when something is to be set, and goes when nothing is
// left in it.
std::string edit_meta(std::string_view object, const std::vector<Change>& changes) {
  std::string_view meta = json::member_of(object, "_meta");
  std::string edited = edit(meta, changes);
  bool gone = edited == "{}" || json::members_of(edited).empty();
  if (gone && json::members_of(meta).empty()) return edit(object, {});
  return edit(object, {{"_meta", gone ? std::string_view() : std::string_view(edited)}});
}

MetaProblem invalid(std::string message, std::string data, int http_status = 400) {
  return MetaProblem{jsonrpc::RpcError{jsonrpc::kInvalidParams, std::move(message), std::move(data)},
                     http_status};
}

MetaProblem missing_keys(const std::vector<std::string_view>& keys) {
  std::string names, quoted;
  for (std::string_view key : keys) {
    names.append(names.empty() ? "" : ", ").append(key);
    quoted.append(quoted.empty() ? "" : ",").append(json_quote(key));
  }
  return invalid("_meta lacks " + names, "{\"missing\":[" + quoted + "]}");
}

MetaProblem wrong_key(std::string_view key, std::string_view expected, int http_status = 400) {
  return invalid(std::string(key) + " must be " + std::string(expected),
                 "{\"invalid\":[" + json_quote(key) + "]}", http_status);
}

}  // namespace

std::string longer_than_may_be(std::string_view member) {
  return std::string(member) + " is longer than " + std::to_string(kMaxClientWords) + " bytes";
}

bool is_modern(const jsonrpc::Message& request) {
  return !json::member_of(request.meta.view(), kMetaVersion).empty();
}

tl::expected<ClientView, MetaProblem> read_client(const jsonrpc::Message& request) {
  auto refuse = [](MetaProblem problem) { return tl::unexpected<MetaProblem>(std::move(problem)); };
  auto meta = json::members_of(request.meta.view());
  std::string_view raw_version = meta.get(kMetaVersion);
  std::string_view capabilities = meta.get(kMetaClientCapabilities);
  if (!raw_version.empty()) {
    auto version = json::decode_string(raw_version);
    if (!version) return refuse(wrong_key(kMetaVersion, "a string"));
    // Before the rest: what another revision wants there is not ours to judge.
    auto known = parse_revision(*version);
    if (!known || era_of(*known) != Era::kModern) return refuse({unsupported_version(*version), 400});
  }
  std::vector<std::string_view> missing;
  if (raw_version.empty()) missing.push_back(kMetaVersion);
  if (capabilities.empty()) missing.push_back(kMetaClientCapabilities);
  if (!missing.empty()) return refuse(missing_keys(missing));

  ClientView client;
  client.revision = kLatestModern;
  if (capabilities.size() > kMaxClientWords)
    return refuse(invalid(longer_than_may_be(kMetaClientCapabilities), {}));
  auto said = parse_client_capabilities(capabilities);
  if (!said)
    return refuse(wrong_key(kMetaClientCapabilities, "an object of objects (" + said.error().message + ")"));
  client.capabilities = std::move(*said);
  if (auto info = meta.get(kMetaClientInfo); !info.empty()) {
    if (json::type_of(info) != json::Type::kObject) return refuse(wrong_key(kMetaClientInfo, "an object"));
    if (info.size() > kMaxClientWords) return refuse(invalid(longer_than_may_be(kMetaClientInfo), {}));
    client.info = info;
  }
  if (auto raw_level = meta.get(kMetaLogLevel); !raw_level.empty()) {
    auto level = json::decode_string(raw_level);
    if (!level || !is_log_level(*level)) return refuse(wrong_key(kMetaLogLevel, "a log level", 200));
    client.log_level = std::move(*level);
  }
  return client;
}

bool is_log_level(std::string_view text) {
  return std::find(kLogLevels.begin(), kLogLevels.end(), text) != kLogLevels.end();
}

std::string with_modern_meta(std::string_view params, std::string_view version, std::string_view client_info,
                             std::string_view client_capabilities, std::string_view log_level) {
  std::string quoted_version = json_quote(version);
  std::string quoted_level = log_level.empty() ? std::string() : json_quote(log_level);
  if (client_capabilities.empty()) client_capabilities = "{}";
  return edit_meta(params, {{kMetaVersion, quoted_version},
                            {kMetaClientInfo, client_info},
                            {kMetaClientCapabilities, client_capabilities},
                            {kMetaLogLevel, quoted_level}});
}

std::string without_modern_meta(std::string_view params) {
  if (params.empty()) return {};
  std::vector<Change> changes;
  for (std::string_view key : kEnvelopeKeys) changes.push_back({key, {}});
  return edit_meta(params, changes);
}

std::string with_progress_token(std::string_view params, std::string_view token) {
  if (params.empty() && token.empty()) return {};
  return edit_meta(params, {{"progressToken", token}});
}

std::string with_member(std::string_view object, std::string_view key, std::string_view raw_value) {
  return edit(object, {{key, raw_value}});
}

std::string without_member(std::string_view object, std::string_view key) {
  return edit(object, {{key, {}}});
}

std::string without_members(std::string_view object, std::initializer_list<std::string_view> keys) {
  std::vector<Change> changes;
  for (std::string_view key : keys) changes.push_back({key, {}});
  return edit(object, changes);
}

std::string with_meta(std::string_view object, std::string_view key, std::string_view raw_value) {
  return edit_meta(object, {{key, raw_value}});
}

}  // namespace mcp::protocol
