#include "internal/gateway/progress.h"

#include <charconv>

#include "internal/json/members.h"
#include "internal/protocol/meta.h"

namespace mcp::gateway {
namespace {

std::optional<double> value_of(const jsonrpc::Message& report) {
  std::string_view raw = json::member_of(report.params.view(), "progress");
  double value = 0;
  auto [end, failed] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  bool whole = failed == std::errc() && end == raw.data() + raw.size();
  return whole ? std::optional(value) : std::nullopt;
}

}  // namespace

void report_progress(server::Call& call, const jsonrpc::Message& report) {
  const Bytes& token = call.message().progress_token;
  if (token.empty()) return;
  auto value = value_of(report);
  auto& told = call.note().progress;
  if (value && told && *value <= *told) return;
  if (value) told = value;
  call.notify(report.method, protocol::with_member(report.params.view(), "progressToken", token.view()));
}

}  // namespace mcp::gateway
