#include "internal/client/handshake_error.h"

#include <algorithm>

#include "internal/json/members.h"
#include "internal/json/scan.h"

namespace mcp::client {
namespace {

constexpr std::size_t kMaxNamed = 10;  // versions in a message
constexpr std::size_t kMaxVersion = 40;

// data.supported of an UnsupportedProtocolVersionError.
std::vector<std::string> supported_by(const jsonrpc::RpcError& error) {
  std::vector<std::string> versions;
  for (std::string_view raw : json::elements_of(json::member_of(error.data, "supported"))) {
    if (auto version = json::decode_string(raw)) versions.push_back(std::move(*version));
  }
  return versions;
}

bool is_version_refusal(const Outcome& outcome) {
  return !outcome.ok() && !outcome.cause() && outcome.error().code == jsonrpc::kUnsupportedVersion;
}

bool is_legacy(const std::string& version) {
  auto revision = protocol::parse_revision(version);
  return revision && protocol::era_of(*revision) == protocol::Era::kLegacy;
}

}  // namespace

Error handshake_error(const Outcome& outcome, std::string_view method) {
  if (outcome.cause()) {
    // A time limit names the method already.
    bool named = outcome.cause()->message.starts_with(std::string(method) + ":");
    return named ? *outcome.cause() : outcome.cause()->wrap(method);
  }
  return Error{ErrorCode::kProtocol,
               std::string(method) + ": the server answered error " + std::to_string(outcome.error().code) +
                   ": " + outcome.error().message,
               {}};
}

Error discover_error(const Outcome& outcome) {
  if (is_version_refusal(outcome)) {
    auto supported = supported_by(outcome.error());
    if (!supported.empty() && !contains_our_version(supported)) return no_common_version(supported);
  }
  Error why = handshake_error(outcome, "server/discover");
  // A 405 of HTTP says nothing about the era; only what a server says in JSON-RPC does.
  if (outcome.cause() && why.code == ErrorCode::kUnsupported) why.code = ErrorCode::kNotFound;
  bool modern = !outcome.cause() && outcome.error().code <= jsonrpc::kHeaderMismatch &&
                outcome.error().code >= jsonrpc::kUnsupportedVersion;
  if (modern) why.code = ErrorCode::kUnsupported;
  return why;
}

bool contains_our_version(const std::vector<std::string>& supported) {
  return std::find(supported.begin(), supported.end(), protocol::to_string(protocol::kLatestModern)) !=
         supported.end();
}

bool has_no_discover(const Outcome& outcome) {
  return !outcome.ok() && !outcome.cause() && outcome.error().code == jsonrpc::kMethodNotFound;
}

bool offers_our_version(const Outcome& outcome) {
  return is_version_refusal(outcome) && contains_our_version(supported_by(outcome.error()));
}

Error no_common_version(const std::vector<std::string>& supported) {
  std::string named;
  for (std::size_t i = 0; i < supported.size() && i < kMaxNamed; ++i) {
    named += (named.empty() ? "" : ", ") + supported[i].substr(0, kMaxVersion);
  }
  if (supported.size() > kMaxNamed) named += ", …";
  bool legacy = std::any_of(supported.begin(), supported.end(), is_legacy);
  Error error{ErrorCode::kUnsupported, "the server speaks " + (named.empty() ? "no version" : named), {}};
  error.hint = "this client speaks " + std::string(protocol::to_string(protocol::kLatestModern)) +
               (legacy ? ", and the older ones of the server when its era is set to legacy" : "");
  return error;
}

}  // namespace mcp::client
