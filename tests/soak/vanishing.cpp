#include "tests/soak/vanishing.h"

#include "internal/base/strings.h"

namespace mcp::soak {
namespace {

constexpr std::size_t kMaxAnswer = 1 << 20;
constexpr std::size_t kCalls = 4;

http::ClientRequest post_of(const World& world, const std::string& session, std::string body) {
  http::ClientRequest request;
  request.method = "POST";
  request.url = world.url;
  request.headers.set("Content-Type", "application/json");
  request.headers.set("Accept", "application/json, text/event-stream");
  if (!session.empty()) {
    request.headers.set("Mcp-Session-Id", session);
    request.headers.set("MCP-Protocol-Version", "2025-11-25");
  }
  request.body = Bytes::adopt(std::move(body));
  return request;
}

Task<void> send_until_cancelled(std::shared_ptr<http::Client> http, http::ClientRequest request,
                                http::CancelToken cancel) {
  auto response = co_await http->send(std::move(request), cancel);
  if (response) (*response)->abort();
}

Task<Result<std::string>> open(World* world, std::shared_ptr<http::Client> http) {
  auto hello =
      post_of(*world, "",
              R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",)"
              R"("capabilities":{},"clientInfo":{"name":"mcp-soak","version":"1.0.0"}}})");
  http::CancelToken cancel;
  auto response = co_await http->send(std::move(hello), cancel);
  MCP_CO_CHECK(response);
  std::string session((*response)->headers().get("Mcp-Session-Id"));
  auto body = co_await (*response)->read_all(kMaxAnswer);
  MCP_CO_CHECK(body);
  if (session.empty()) co_return fail(ErrorCode::kProtocol, "initialize gave no session");
  auto initialized = post_of(*world, session, R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  auto accepted = co_await http->send(std::move(initialized), cancel);
  MCP_CO_CHECK(accepted);
  co_return session;
}

}  // namespace

Task<void> vanish(World* world) {
  auto http = std::make_shared<http::Client>(world->loop);
  auto opening = open(world, http);
  auto session = co_await std::move(opening);
  if (!session) {
    ++world->tally.no_entry;
    ++world->complaints["no session: " + session.error().message];
    co_return;
  }
  std::vector<http::CancelToken> cancels(kCalls);
  for (std::size_t i = 0; i < kCalls; ++i) {
    const auto& servers = world->configuration->servers();
    const std::string& server = servers[world->below(servers.size())];
    std::string nonce = world->ledger.issue(server);
    world->ledger.abandon(nonce);
    auto request = post_of(*world, *session,
                           "{\"jsonrpc\":\"2.0\",\"id\":" + std::to_string(i + 1) +
                               ",\"method\":\"tools/call\",\"params\":{\"name\":\"" + server +
                               "__later\",\"arguments\":{\"nonce\":" + json_quote(nonce) + "}}}");
    world->loop.spawn(send_until_cancelled(http, std::move(request), cancels[i]));
  }
  auto pausing = pause(world, async::Millis(world->below(30)));
  co_await std::move(pausing);
  for (const http::CancelToken& cancel : cancels) cancel.cancel();
  ++world->tally.vanished;
}

}  // namespace mcp::soak
