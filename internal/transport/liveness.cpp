#include "internal/transport/liveness.h"

namespace mcp::transport {
namespace {

constexpr std::string_view kIdPrefix = "mcp-alive-";

}  // namespace

Liveness::Verdict Liveness::look(Clock::time_point now, async::Millis idle, async::Millis grace,
                                 bool reachable) {
  if (asked_) return now - *asked_ < grace ? Verdict::kFine : Verdict::kGone;
  if (now - active_ < idle) return Verdict::kFine;
  if (!reachable) return Verdict::kGone;
  asked_ = now;
  return Verdict::kAsk;
}

jsonrpc::Message Liveness::question() {
  auto id = jsonrpc::Id::text(std::string(kIdPrefix) + std::to_string(++questions_));
  return jsonrpc::own_message(jsonrpc::make_request(id, "ping", {}));
}

bool Liveness::is_answer(const jsonrpc::Message& message) const {
  if (!message.is_response() || !message.id || message.id->is_number()) return false;
  return std::string_view(message.id->raw()).substr(1).starts_with(kIdPrefix);
}

}  // namespace mcp::transport
