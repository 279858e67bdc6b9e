// mcp-conformance-client URL: does with our client library what the official conformance suites want of a
// client. The suites say which scenario, which version and what else in MCP_CONFORMANCE_* variables.
#include <cstdio>

#include "internal/base/env.h"
#include "internal/client/connect.h"
#include "internal/json/scan.h"
#include "internal/transport/http_client_channel.h"
#include "tests/conformance/client/answers.h"
#include "tests/conformance/client/scenarios.h"

namespace mcp::conformance {
namespace {

constexpr async::Millis kPatience{15'000};
constexpr async::Millis kPatienceForAll{50'000};

struct Wish {
  http::Url url;
  Scenario act = nullptr;
  protocol::Revision version = protocol::kLatestLegacy;
  Bytes context;
};

Result<Wish> read_wish(int argc, char** argv, Env& env) {
  if (argc != 2) return fail(ErrorCode::kUsage, "one argument is wanted: the server's URL");
  Wish wish;
  MCP_ASSIGN(wish.url, http::parse_url(argv[1]));
  std::string scenario = env.variable("MCP_CONFORMANCE_SCENARIO").value_or("");
  wish.act = find_scenario(scenario);
  if (wish.act == nullptr) return fail(ErrorCode::kUnsupported, "unknown scenario \"" + scenario + "\"");
  // 0.1.16 knows the legacy era only and names no version.
  if (auto text = env.variable("MCP_CONFORMANCE_PROTOCOL_VERSION")) {
    auto version = protocol::parse_revision(*text);
    if (!version) return fail(ErrorCode::kUnsupported, "unknown version \"" + *text + "\"");
    wish.version = *version;
  }
  if (auto text = env.variable("MCP_CONFORMANCE_CONTEXT")) {
    wish.context = Bytes::adopt(std::move(*text));
    MCP_TRY(json::validate(wish.context));
  }
  return wish;
}

class Client {
 public:
  explicit Client(Wish wish) : wish_(std::move(wish)), http_(std::make_shared<http::Client>(loop_)) {}

  Result<void> run() {
    auto result = std::make_shared<std::optional<Result<void>>>();
    loop_.spawn(keep(visit(this), result));
    loop_.run_until([result] { return result->has_value(); }, kPatienceForAll);
    leave();
    return *result ? **result : fail(ErrorCode::kTimeout, "the scenario did not end");
  }

 private:
  static Task<void> keep(Task<Result<void>> task, std::shared_ptr<std::optional<Result<void>>> into) {
    auto result = co_await std::move(task);
    *into = std::move(result);
  }

  static Task<Result<void>> visit(Client* self) {
    client::ConnectOptions options;
    bool modern = protocol::era_of(self->wish_.version) == protocol::Era::kModern;
    options.era = modern ? client::EraChoice::kModern : client::EraChoice::kLegacy;
    if (!modern) options.legacy_wanted = self->wish_.version;
    options.identity = Answers::identity();
    options.events = std::weak_ptr<client::PeerEvents>(self->answers_);
    options.timeout = kPatience;
    client::Opener open = [self](protocol::Era era) { return open_channel(self, era); };
    auto connecting = client::connect(self->loop_, open, options);
    auto peer = co_await std::move(connecting);
    MCP_CO_CHECK(peer);
    self->peer_ = *peer;
    auto listing = client::list_tools(self->peer_);
    auto tools = co_await std::move(listing);
    MCP_CO_CHECK(tools);
    auto book = std::make_shared<client::ToolBook>(std::move(*tools));
    auto call = std::make_shared<Visit>();
    call->peer = self->peer_;
    call->events = self->answers_;
    call->tools = book;
    call->context = self->wish_.context;
    auto acting = self->wish_.act(call);
    auto acted = co_await std::move(acting);
    co_return acted;
  }

  static Task<Result<transport::ChannelPtr>> open_channel(Client* self, protocol::Era era) {
    transport::HttpClientOptions options;
    options.url = self->wish_.url;
    options.era = era;
    co_return transport::make_http_client_channel(self->loop_, self->http_, std::move(options));
  }

  // Ends the session; whoever still has to say so holds the HTTP client.
  void leave() {
    if (peer_) peer_->close();
    peer_.reset();
    std::weak_ptr<http::Client> http = std::exchange(http_, nullptr);
    loop_.run_until([&http] { return http.expired(); }, kPatience);
  }

  async::Loop loop_;
  Wish wish_;
  std::shared_ptr<http::Client> http_;
  std::shared_ptr<Answers> answers_ = std::make_shared<Answers>();
  client::PeerPtr peer_;
};

int main(int argc, char** argv) {
  auto wish = read_wish(argc, argv, real_env());
  auto done = wish ? Client(std::move(*wish)).run() : Result<void>(fail(wish.error()));
  if (done) return 0;
  std::fprintf(stderr, "mcp-conformance-client: error: %s\n", done.error().message.c_str());
  return wish ? 1 : 2;
}

}  // namespace
}  // namespace mcp::conformance

int main(int argc, char** argv) { return mcp::conformance::main(argc, argv); }
