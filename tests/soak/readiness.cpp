#include "tests/soak/readiness.h"

#include "internal/json/members.h"

namespace mcp::soak {
namespace {

constexpr std::size_t kMaxAnswer = 1 << 20;
constexpr async::Millis kGlance{200};

}  // namespace

Task<Result<Readiness>> look_at_ready(World* world) {
  auto http = std::make_shared<http::Client>(world->loop);
  http::ClientRequest request;
  request.url = world->url;
  request.url.target = "/ready";
  http::CancelToken cancel;
  auto response = co_await http->send(std::move(request), cancel);
  MCP_CO_CHECK(response);
  auto body = co_await (*response)->read_all(kMaxAnswer);
  MCP_CO_CHECK(body);
  Readiness readiness;
  readiness.text = std::string(body->view());
  for (std::string_view server : json::elements_of(json::member_of(body->view(), "servers"))) {
    ++readiness.servers;
    readiness.ready += json::member_of(server, "state") == "\"ready\"" ? 1 : 0;
  }
  co_return readiness;
}

Task<Result<void>> until_all_ready(World* world, async::Millis patience) {
  std::string last;
  for (async::Millis waited{0}; waited < patience; waited += kGlance) {
    auto looking = look_at_ready(world);
    auto seen = co_await std::move(looking);
    if (seen && seen->ready == seen->servers && seen->servers == world->configuration->servers().size()) {
      co_return Result<void>();
    }
    last = seen ? seen->text : seen.error().message;
    auto pausing = pause(world, kGlance);
    co_await std::move(pausing);
  }
  co_return fail(ErrorCode::kTimeout, "not all servers are ready: " + last);
}

Task<Result<Holdings>> until_at_rest(World* world, const Holdings* wanted, async::Millis patience) {
  Holdings last;
  for (async::Millis waited{0}; waited < patience; waited += kGlance) {
    Holdings now = holdings_of(world->home, kGatewayWord, world->web_port);
    bool same = now.same_as(last) && (wanted == nullptr || now.same_as(*wanted));
    last = now;
    if (same) co_return now;
    auto pausing = pause(world, kGlance);
    co_await std::move(pausing);
  }
  std::string what = "at the end " + last.text();
  if (wanted != nullptr) what += ", at the start " + wanted->text();
  co_return fail(ErrorCode::kTimeout, what);
}

}  // namespace mcp::soak
