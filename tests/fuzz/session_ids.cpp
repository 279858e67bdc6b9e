// Ids that come back from clients: Mcp-Session-Id, Last-Event-ID and JSON-RPC ids. What is understood is
// written as it is understood; a session answers to its own id alone, and to nobody but its owner.
#include "internal/async/loop.h"
#include "internal/jsonrpc/message.h"
#include "internal/transport/http_endpoint.h"
#include "internal/transport/replay_ring.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace mcp;
using transport::Arrival;

// One request over no connection at all, and what came back.
class Asked final : public http::Exchange {
 public:
  explicit Asked(http::Request request) : request_(std::move(request)) {}

  const http::Request& request() const override { return request_; }
  void respond(http::Response response) override { opened(response.status, std::move(response.headers)); }
  void open_stream(int status, http::Headers headers) override { opened(status, std::move(headers)); }
  Result<void> write(Rope chunk) override {
    text_ += Bytes(chunk).view();
    return {};
  }
  void end() override {}
  void on_disconnect(std::function<void()> fn) override { leave_ = std::move(fn); }
  bool disconnected() const override { return gone_; }

  void leave() {
    gone_ = true;
    if (auto fn = std::exchange(leave_, nullptr)) fn();
  }
  int status() const { return status_; }
  std::string session() const { return std::string(headers_.get("Mcp-Session-Id")); }
  const std::string& text() const { return text_; }

 private:
  void opened(int status, http::Headers headers) {
    FUZZ_EXPECT(status_ == 0);
    status_ = status;
    headers_ = std::move(headers);
  }

  http::Request request_;
  std::function<void()> leave_;
  int status_ = 0;
  http::Headers headers_;
  std::string text_;
  bool gone_ = false;
};

// The owner of a session: answers `initialize` and pings, and nothing else.
class Owner final : public transport::Listener {
 public:
  explicit Owner(transport::ChannelPtr channel) : channel_(std::move(channel)) {}

  void on_message(transport::Envelope envelope) override {
    if (!envelope.message.is_request()) return;
    constexpr const char* kHello =
        R"({"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"f","version":"1"}})";
    std::string text = R"({"jsonrpc":"2.0","id":)" + envelope.message.id->raw() + R"(,"result":)";
    text += envelope.message.method == "initialize" ? kHello : "{}";
    auto message = jsonrpc::Message::parse(Bytes::adopt(text + "}"));
    FUZZ_EXPECT(message);
    transport::Envelope answer;
    answer.message = std::move(*message);
    (void)channel_->send(std::move(answer));
  }
  void on_undecodable(Bytes, Error) override {}
  void on_closed(Error) override {}

 private:
  transport::ChannelPtr channel_;
};

// An endpoint with one open session, for ever.
class Endpoint {
 public:
  Endpoint() : endpoint_(loop_, {}, [this](Arrival arrival) { accept(std::move(arrival)); }) {
    constexpr const char* kInitialize =
        R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},)"
        R"("clientInfo":{"name":"f","version":"1"}}})";
    session_ = ask("POST", {}, kInitialize, "alice")->session();
    FUZZ_EXPECT(!session_.empty() && owners_.size() == 1);
  }

  const std::string& session() const { return session_; }
  std::size_t sessions() const { return endpoint_.sessions(); }
  std::shared_ptr<Asked> ask(const std::string& method, const http::Headers& more, const char* body,
                             const std::string& principal) {
    http::Request request;
    request.head.method = method;
    request.head.target = request.head.path = "/mcp";
    request.head.headers = {{"Host", "x"}, {"Accept", "application/json, text/event-stream"}};
    if (method == "POST") request.head.headers.add("Content-Type", "application/json");
    for (const auto& [name, value] : more) request.head.headers.add(name, value);
    request.body = Bytes::copy(body);
    auto asked = std::make_shared<Asked>(std::move(request));
    endpoint_.handle(asked, principal, "");
    loop_.run_ready();
    return asked;
  }

 private:
  void accept(Arrival arrival) {
    auto owner = std::make_shared<Owner>(arrival.channel);
    owners_.push_back(owner);
    arrival.channel->start(owner);
  }

  async::Loop loop_;
  std::vector<std::shared_ptr<Owner>> owners_;
  std::string session_;
  transport::HttpEndpoint endpoint_;
};

// A field's value as HTTP lets one through.
bool is_field_value(std::string_view text) {
  for (unsigned char c : text) {
    if (c < 0x20 || c == 0x7f) return false;
  }
  return true;
}

void check_sessions(std::string_view text) {
  static Endpoint endpoint;
  if (!is_field_value(text)) return;
  constexpr const char* kPing = R"({"jsonrpc":"2.0","id":2,"method":"ping"})";
  // The session's own id in the place of a `$`, so that a fuzzer that cannot guess it comes close to it.
  std::string name(text);
  if (auto at = name.find('$'); at != name.npos) name.replace(at, 1, endpoint.session());
  bool right = name == endpoint.session();
  for (const char* who : {"alice", "mallory"}) {
    bool its_own = right && who[0] == 'a';
    auto posted = endpoint.ask("POST", {{"Mcp-Session-Id", name}}, kPing, who);
    FUZZ_EXPECT(posted->status() == (its_own ? 200 : name.empty() ? 400 : 404));
    if (!its_own) FUZZ_EXPECT(endpoint.ask("DELETE", {{"Mcp-Session-Id", name}}, "", who)->status() >= 400);
    auto got = endpoint.ask("GET", {{"Mcp-Session-Id", name}}, "", who);
    FUZZ_EXPECT((got->status() == 200) == its_own);
    got->leave();
  }
  // Whatever it says that it has seen: a stream, or a refusal, and nothing that was not meant for it.
  auto resumed =
      endpoint.ask("GET", {{"Mcp-Session-Id", endpoint.session()}, {"Last-Event-ID", name}}, "", "alice");
  FUZZ_EXPECT(resumed->status() == 200 || (resumed->status() >= 400 && resumed->status() < 500));
  resumed->leave();
  FUZZ_EXPECT(endpoint.sessions() == 1);
}

void check_ids(std::string_view text) {
  using transport::EventId;
  if (auto id = EventId::parse(text)) {
    auto again = EventId::parse(id->text());
    FUZZ_EXPECT(again && *again == *id);
    transport::ReplayRing ring(4, 1 << 10);
    for (std::uint64_t number = 1; number < 7; ++number) {
      ring.add({id->stream, number}, Rope(Bytes::copy(text.substr(0, 100))), std::nullopt);
    }
    for (const auto& entry : ring.after(*id)) {
      FUZZ_EXPECT(entry.id.stream == id->stream && entry.id.number > id->number);
    }
  }
  if (auto id = jsonrpc::Id::parse(text)) {
    auto again = jsonrpc::Id::parse(id->raw());
    FUZZ_EXPECT(again && *again == *id);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = mcp::fuzz::text_of(data, size);
  check_ids(text);
  check_sessions(text);
  return 0;
}
