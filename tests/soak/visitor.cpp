#include "tests/soak/visitor.h"

#include "internal/base/strings.h"
#include "internal/client/connect.h"
#include "internal/transport/http_client_channel.h"
#include "internal/transport/tapped_channel.h"
#include "tests/soak/vanishing.h"

namespace mcp::soak {
namespace {

constexpr async::Millis kPatience{90'000};  // far above what anything takes
constexpr async::Millis kStep{10};

// What a visitor answers when a server asks.
class Answers final : public client::PeerEvents {
 public:
  Task<protocol::Outcome> asked(jsonrpc::Message question, std::optional<jsonrpc::Id> related) override {
    (void)related;
    if (question.method != "roots/list") {
      co_return protocol::Outcome::error(jsonrpc::kMethodNotFound, "not answered here");
    }
    co_return protocol::Outcome::result(std::string(R"({"roots":[{"uri":"file:///soak"}]})"));
  }
  void notified(const jsonrpc::Message& message) override { (void)message; }
  void closed(Error why) override { (void)why; }
};

// One session: who it is, and how many calls it will make.
struct Session {
  std::shared_ptr<Answers> answers = std::make_shared<Answers>();
  client::PeerPtr peer;
  std::int64_t calls_left = 0;
  std::size_t lanes = 0;  // that still run
};
using SessionPtr = std::shared_ptr<Session>;

Task<Result<transport::ChannelPtr>> open_channel(World* world, std::shared_ptr<http::Client> http,
                                                 protocol::Era era) {
  transport::HttpClientOptions options;
  options.url = world->url;
  options.era = era;
  auto inner = transport::make_http_client_channel(world->loop, std::move(http), std::move(options));
  transport::Tap tap = [world](transport::TapDirection direction, const jsonrpc::Message& message) {
    bool result = direction == transport::TapDirection::kIn && message.kind == jsonrpc::Kind::kResult;
    if (result) world->ledger.seen(message.result.view());
  };
  co_return transport::make_tapped_channel(std::move(inner), std::move(tap));
}

Task<Result<SessionPtr>> open_session(World* world, bool modern, bool roots) {
  auto session = std::make_shared<Session>();
  client::ConnectOptions options;
  options.era = modern ? client::EraChoice::kModern : client::EraChoice::kLegacy;
  options.identity.info = R"({"name":"mcp-soak","version":"1.0.0"})";
  options.identity.capabilities.roots = roots;
  options.identity.capabilities.raw = protocol::to_json(options.identity.capabilities);
  options.events = std::weak_ptr<client::PeerEvents>(session->answers);
  options.timeout = kPatience;
  auto http = std::make_shared<http::Client>(world->loop);
  client::Opener open = [world, http](protocol::Era era) { return open_channel(world, http, era); };
  auto connecting = client::connect(world->loop, open, options);
  auto peer = co_await std::move(connecting);
  MCP_CO_CHECK(peer);
  session->peer = std::move(*peer);
  co_return session;
}

client::Request request_for(const std::string& server, std::string_view tool, const std::string& nonce) {
  client::Request request;
  request.method = "tools/call";
  request.params = Bytes::adopt("{\"name\":\"" + server + "__" + std::string(tool) +
                                "\",\"arguments\":{\"nonce\":" + json_quote(nonce) + "}}");
  request.timeout = kPatience;
  if (tool == "progress") request.on_progress = [](const jsonrpc::Message&) {};
  return request;
}

Task<bool> call(World* world, client::PeerPtr peer, std::string server, std::string tool) {
  std::string nonce = world->ledger.issue(server);
  auto request = request_for(server, tool, nonce);
  protocol::Outcome outcome = co_await peer->request(std::move(request), nullptr);
  world->ledger.settle(nonce, server, outcome);
  co_return outcome.ok();
}

std::string_view pick_tool(World& world) {
  static constexpr std::string_view kTools[] = {"echo", "echo",  "echo",     "echo", "echo",
                                                "echo", "later", "progress", "roots"};
  return kTools[world.below(std::size(kTools))];
}

// How far the calls are ahead of the rate that is aimed at.
async::Millis ahead(const World& world) {
  if (world.options.rate == 0) return async::Millis{0};
  auto due = async::Millis(world.ledger.totals().issued * 1000 / world.options.rate);
  return std::max(async::Millis{0}, due - world.age());
}

// Calls, one after the other. Several lanes of a session run side by side.
Task<void> run_lane(World* world, SessionPtr session) {
  while (world->going && session->calls_left-- > 0) {
    const auto& servers = world->configuration->servers();
    auto calling =
        call(world, session->peer, servers[world->below(servers.size())], std::string(pick_tool(*world)));
    co_await std::move(calling);
    auto wait = ahead(*world);
    if (wait.count() == 0) continue;
    auto pausing = pause(world, wait + async::Millis(world->below(20)));
    co_await std::move(pausing);
  }
  --session->lanes;
}

Task<void> live(World* world, SessionPtr session) {
  session->calls_left = static_cast<std::int64_t>(20 + world->below(600));
  session->lanes = 1 + world->below(3);
  for (std::size_t lane = session->lanes; lane > 0; --lane) world->loop.spawn(run_lane(world, session));
  while (session->lanes > 0) {
    auto pausing = pause(world, kStep);
    co_await std::move(pausing);
  }
}

Task<void> visit_once(World* world) {
  if (world->one_in(10)) {
    auto vanishing = vanish(world);
    co_await std::move(vanishing);
    co_return;
  }
  bool modern = world->below(5) < 2;
  bool roots = !modern && world->one_in(4);
  auto opening = open_session(world, modern, roots);
  auto session = co_await std::move(opening);
  if (!session) {
    ++world->tally.no_entry;
    ++world->complaints["no session: " + session.error().message];
    co_return;
  }
  ++world->tally.sessions;
  world->tally.modern += modern ? 1 : 0;
  world->tally.own_child += roots ? 1 : 0;
  auto living = live(world, *session);
  co_await std::move(living);
  (*session)->peer->close();
}

}  // namespace

Task<void> visit(World* world) {
  ++world->busy;
  while (world->going) {
    auto visiting = visit_once(world);
    co_await std::move(visiting);
    auto pausing = pause(world, async::Millis(world->below(200)));
    co_await std::move(pausing);
  }
  --world->busy;
}

Task<Result<void>> call_round(World* world, bool modern) {
  auto opening = open_session(world, modern, false);
  auto session = co_await std::move(opening);
  MCP_CO_CHECK(session);
  const std::vector<std::string> servers = world->configuration->servers();
  bool well = true;
  for (const std::string& server : servers) {
    auto calling = call(world, (*session)->peer, server, "echo");
    bool answered = co_await std::move(calling);
    well = well && answered;
  }
  (*session)->peer->close();
  if (!well) co_return fail(ErrorCode::kUnavailable, "a server did not answer");
  co_return Result<void>();
}

}  // namespace mcp::soak
