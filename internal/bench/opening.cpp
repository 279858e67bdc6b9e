#include "internal/bench/opening.h"

#include "internal/bench/now.h"

namespace mcp::bench {
namespace {

constexpr std::size_t kRoom = 64 << 10;

Result<void> send_all(Wire& wire, std::string_view bytes) {
  while (!bytes.empty()) {
    std::size_t count = 0;
    if (wire.write(bytes, count) != Wire::Io::kDone) {
      return fail(ErrorCode::kUnavailable, "the target closed the connection");
    }
    bytes.remove_prefix(count);
  }
  return {};
}

// The answer, or of a stream its head.
Result<ResponseReader> ask(Wire& wire, const RequestBytes& request, bool head_only) {
  MCP_TRY(send_all(wire, request.bytes()));
  ResponseReader reader;
  std::string room(kRoom, '\0');
  while (!reader.done() && !(head_only && reader.has_head())) {
    std::size_t count = 0;
    auto io = wire.read(room.data(), room.size(), count);
    if (io == Wire::Io::kAgain) return fail(ErrorCode::kTimeout, "no answer while a session was opened");
    if (io == Wire::Io::kClosed) reader.end_of_stream();
    reader.feed(std::string_view(room).substr(0, count));
    if (reader.broken()) return fail(ErrorCode::kUnavailable, "the target broke off its answer");
  }
  return reader;
}

Error refused(std::string_view what, const ResponseReader& reader) {
  return Error{ErrorCode::kProtocol,
               std::string(what) + " was answered with " + std::to_string(reader.status()) + ": " +
                   reader.body().beginning().substr(0, 200),
               {}};
}

Result<void> shake_hands(OpenSession& session) {
  RequestBytes hello = initialize_bytes(session.sender);
  MCP_ASSIGN(ResponseReader answer, ask(*session.wire, hello, false));
  if (judge(answer, hello.id(), 0) != Verdict::kOk) return fail(refused("initialize", answer));
  session.sender.session = answer.session();
  auto ready = RequestBytes::notification(session.sender, "notifications/initialized");
  MCP_ASSIGN(ResponseReader taken, ask(*session.wire, ready, false));
  if (taken.status() != 202) return fail(refused("notifications/initialized", taken));
  return {};
}

}  // namespace

Result<OpenSession> open_session(const Plan& plan, Era era, const std::string& extra_fields) {
  OpenSession session;
  session.sender.target = plan.target;
  session.sender.era = era;
  session.sender.extra_fields = plan.extra_fields + extra_fields;
  std::int64_t begin = now_ns();
  MCP_ASSIGN(session.wire, Wire::open(plan.target, plan.verify));
  if (!plan.raw) {
    if (era == Era::kLegacy) MCP_TRY(shake_hands(session));
    auto list = RequestBytes::request(session.sender, "tools/list", "", "");
    MCP_ASSIGN(ResponseReader answer, ask(*session.wire, list, false));
    if (judge(answer, list.id(), 0) != Verdict::kOk) return fail(refused("tools/list", answer));
  }
  session.start_ns = now_ns() - begin;
  return session;
}

Result<void> hold_stream(OpenSession& session) {
  RequestBytes request = session.sender.era == Era::kLegacy
                             ? RequestBytes::get_stream(session.sender)
                             : RequestBytes::request(session.sender, "subscriptions/listen", "",
                                                     R"({"notifications":{"toolsListChanged":true}})");
  MCP_ASSIGN(ResponseReader answer, ask(*session.wire, request, true));
  if (answer.status() != 200) return fail(refused("an event stream", answer));
  return {};
}

}  // namespace mcp::bench
