#include "internal/gateway/call_end.h"

#include <cstring>
#include <vector>

#include "internal/json/members.h"
#include "internal/protocol/method.h"

namespace mcp::gateway {
namespace {

using telemetry::CallEnd;

// Does isError: true stand anywhere in the text? Most results have no such key at all, and are not walked.
bool may_be_error(std::string_view text) {
  constexpr std::string_view kKey = "\"isError\"";
  while (!text.empty()) {
    const void* found = ::memmem(text.data(), text.size(), kKey.data(), kKey.size());
    if (found == nullptr) return false;
    text.remove_prefix(static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) + kKey.size());
    std::size_t value = text.find_first_not_of(" \t\r\n:");
    if (value != std::string_view::npos && text.substr(value, 4) == "true") return true;
  }
  return false;
}

}  // namespace

std::span<const std::string_view> counted_methods() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    for (const protocol::Method& method : protocol::methods()) {
      bool asked = method.direction == protocol::Direction::kToServer;
      if (asked && !method.name.starts_with("notifications/")) all.push_back(method.name);
    }
    all.push_back("other");
    return all;
  }();
  return names;
}

std::size_t counted_method(std::string_view method) {
  auto names = counted_methods();
  std::size_t last = names.size() - 1;
  for (std::size_t i = 0; i < last; ++i) {
    if (names[i] == method) return i;
  }
  return last;
}

CallEnd end_of(std::string_view method, const protocol::Outcome& outcome) {
  if (outcome.ok()) {
    bool error = method == "tools/call" && may_be_error(outcome.raw().view()) &&
                 json::member_of(outcome.raw().view(), "isError") == "true";
    return error ? CallEnd::kIsError : CallEnd::kOk;
  }
  if (!outcome.cause()) return CallEnd::kRpcError;
  return outcome.cause()->code == ErrorCode::kLimit ? CallEnd::kRpcError : CallEnd::kTransport;
}

std::string_view capability_of(std::string_view method) { return method.substr(0, method.find('/')); }

}  // namespace mcp::gateway
