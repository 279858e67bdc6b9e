#include "internal/gateway/tracing.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "internal/base/fake_env.h"
#include "internal/gateway/test_gateway.h"

namespace mcp::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kTools = R"([{"name":"ask","inputSchema":{"type":"object"}}])";
constexpr const char* kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr const char* kInMeta = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr const char* kInHeader = "00-11111111111111111111111111111111-2222222222222222-01";
constexpr const char* kUnsampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

struct Collector final : telemetry::Sink {
  explicit Collector(async::Loop& on) : loop(on) {}
  void send(std::string body, std::function<void(Result<void>)> done) override {
    auto batch = nlohmann::json::parse(body);
    for (auto& span : batch["resourceSpans"][0]["scopeSpans"][0]["spans"]) spans.push_back(span);
    loop.post([done = std::move(done)] { done({}); });
  }
  async::Loop& loop;
  std::vector<nlohmann::json> spans;
};

std::string attribute(const nlohmann::json& span, const std::string& key) {
  for (const auto& one : span["attributes"]) {
    if (one["key"] == key) return one["value"]["stringValue"];
  }
  return "none";
}

struct TracingTest : ::testing::Test {
  // One server; with a collector, or without.
  void open(bool collects, std::string answer = R"({"content":[]})") {
    if (collects) {
      exporter =
          std::make_shared<telemetry::SpanExporter>(*test.loop, collector, telemetry::SpanExporterOptions());
    }
    test.options.account = std::make_shared<Account>(*test.loop, real_env(), exporter);
    test.add("s", TestGateway::legacy_server(kTools, [answer](const jsonrpc::Message&) { return answer; }));
    test.start();
    ASSERT_TRUE(test.wait_state("s", "ready"));
    server::SessionOptions options;
    options.transport = "http";
    client = test.client(std::move(options));
    client->initialize();
  }
  Value call(const std::string& meta = "") {
    return client->ask(
        legacy("5", "tools/call",
               R"({"name":"s__ask","arguments":{})" + (meta.empty() ? "" : ",\"_meta\":" + meta) + "}"));
  }
  // What the server was sent last.
  std::string params() { return std::string(test.last("s").seen.back().params.view()); }
  std::string header(std::string_view name) { return std::string(test.last("s").headers.back().get(name)); }
  std::vector<nlohmann::json> spans(std::string_view method = "tools/call") {
    exporter->flush();
    EXPECT_TRUE(test.wait([this] { return exporter->flushed(); }));
    std::vector<nlohmann::json> found;
    for (const auto& span : collector->spans) {
      if (attribute(span, "rpc.method") == method) found.push_back(span);
    }
    return found;
  }

  TestGateway test;
  std::shared_ptr<Collector> collector = std::make_shared<Collector>(*test.loop);
  std::shared_ptr<telemetry::SpanExporter> exporter;
  std::unique_ptr<TestPeer> client;
};

TEST_F(TracingTest, MakesAChildOfTheClientsSpanAndParentOfTheServers) {
  open(true);
  call(std::string(R"({"traceparent":")") + kInMeta + R"(","tracestate":"vendor=1","other":[1]})");
  auto sent = spans();
  ASSERT_EQ(sent.size(), 1u);
  const auto& span = sent[0];
  EXPECT_EQ(span["traceId"], kTrace);
  EXPECT_EQ(span["parentSpanId"], "00f067aa0ba902b7");
  std::string ours = "00-" + std::string(kTrace) + "-" + std::string(span["spanId"]) + "-01";
  EXPECT_THAT(params(), HasSubstr("\"traceparent\":\"" + ours + "\""));
  EXPECT_THAT(params(), HasSubstr(R"("tracestate":"vendor=1")"));
  EXPECT_THAT(params(), HasSubstr(R"("other":[1])"));
  EXPECT_THAT(params(), Not(HasSubstr("00f067aa0ba902b7")));
  EXPECT_EQ(header("traceparent"), ours);
  EXPECT_EQ(header("tracestate"), "vendor=1");
}

TEST_F(TracingTest, SaysWhatTheCallWas) {
  open(true);
  call();
  const auto span = spans().at(0);
  EXPECT_EQ(span["name"], "tools/call s__ask");
  EXPECT_EQ(span["kind"], 2);
  EXPECT_EQ(attribute(span, "rpc.method"), "tools/call");
  EXPECT_EQ(attribute(span, "rpc.id"), "5");
  EXPECT_EQ(attribute(span, "rpc.id.upstream"), test.last("s").seen.back().id->raw());
  EXPECT_EQ(attribute(span, "transport.type"), "http");
  EXPECT_EQ(attribute(span, "mcp.server"), "s");
  EXPECT_EQ(attribute(span, "capability"), "tools");
  EXPECT_EQ(attribute(span, "mcp.outcome"), "ok");
  EXPECT_EQ(span["status"]["code"], 1);
  EXPECT_FALSE(span.contains("parentSpanId"));
  EXPECT_LE(std::stoull(std::string(span["startTimeUnixNano"])),
            std::stoull(std::string(span["endTimeUnixNano"])));
}

TEST_F(TracingTest, KeepsLittleOfWhatTheClientWrote) {
  open(true);
  std::string id = '"' + std::string(3000, 'i') + '"';
  std::string name = "s__" + std::string(3000, 'n');
  client->ask(legacy(id, "tools/call", "{\"name\":\"" + name + "\",\"arguments\":{}}"));
  client->ask(legacy("6", std::string(3000, 'm') + "/x"));
  const auto call = spans().at(0);
  EXPECT_EQ(attribute(call, "rpc.id"), id.substr(0, 200) + "…");
  EXPECT_EQ(call["name"], "tools/call " + name.substr(0, 200) + "…");
  const auto odd = spans("other").at(0);
  EXPECT_EQ(odd["name"], "other");
  EXPECT_EQ(attribute(odd, "capability"), "other");
}

TEST_F(TracingTest, MarksCallsThatFailed) {
  open(true, R"(!{"code":-32602,"message":"secret words"})");
  call();
  const auto span = spans().at(0);
  EXPECT_EQ(span["status"]["code"], 2);
  EXPECT_EQ(attribute(span, "rpc.jsonrpc.error_code"), "-32602");
  EXPECT_THAT(span.dump(), Not(HasSubstr("secret")));
}

TEST_F(TracingTest, DoesNotRecordWhatItsClientDoesNotSample) {
  open(true);
  call(std::string(R"({"traceparent":")") + kUnsampled + "\"}");
  EXPECT_TRUE(spans().empty());
  EXPECT_THAT(params(), HasSubstr(kUnsampled));
}

TEST_F(TracingTest, HandsTheClientsTraceOnWithoutACollector) {
  open(false);
  call(std::string(R"({"traceparent":")") + kInMeta + "\"}");
  EXPECT_THAT(params(), HasSubstr(kInMeta));
  EXPECT_EQ(header("traceparent"), kInMeta);
}

TEST_F(TracingTest, LeavesRequestsAloneWithoutACollectorOrATrace) {
  open(false);
  call();
  EXPECT_THAT(params(), Not(HasSubstr("traceparent")));
  EXPECT_EQ(header("traceparent"), "");
  call(R"({"traceparent":"no such thing"})");
  EXPECT_THAT(params(), HasSubstr(R"("traceparent":"no such thing")"));
}

// A call that begins and is not answered, with header fields.
class FakeSession final : public server::Session {
 public:
  const protocol::ClientView& client() const override { return client_; }
  const std::string& principal() const override { return id_; }
  const std::string& id() const override { return id_; }
  void notify(std::string_view, std::string_view) override {}
  Task<protocol::Outcome> ask(std::string, Bytes) override {
    co_return protocol::Outcome::result(std::string("{}"));
  }
  bool alive() const override { return true; }
  std::size_t in_flight() const override { return 0; }

 private:
  std::string id_ = "s1";
  protocol::ClientView client_;
};

class FakeCall final : public server::Call {
 public:
  FakeCall(std::string_view params, http::Headers fields)
      : fields_(std::move(fields)),
        message_(jsonrpc::own_message(jsonrpc::make_request(jsonrpc::Id::number(1), "tools/call", params))) {}
  const server::SessionPtr& session() const override { return session_; }
  const protocol::ClientView& client() const override { return session_->client(); }
  const jsonrpc::Message& message() const override { return message_; }
  const std::string& name() const override { return none_; }
  const std::string& uri() const override { return none_; }
  std::string_view field(std::string_view name) const override { return fields_.get(name); }
  void notify(std::string_view, std::string_view) override {}
  Task<protocol::Outcome> ask(std::string, Bytes) override {
    co_return protocol::Outcome::result(std::string("{}"));
  }
  void on_cancel(std::function<void()>) override {}
  bool cancelled() const override { return false; }
  void close_stream() override {}
  void last(std::shared_ptr<server::Lasting>) override {}
  void conclude(protocol::Outcome) override {}

 private:
  http::Headers fields_;
  server::SessionPtr session_ = std::make_shared<FakeSession>();
  jsonrpc::Message message_;
  std::string none_;
};

std::string traceparent_of(std::string_view params, http::Headers fields) {
  FakeEnv env;
  FakeCall call(params, std::move(fields));
  Tracing(env, nullptr).begin(call);
  return call.note().trace ? call.note().trace->context.traceparent() : "none";
}

TEST(TraceOrigin, IsTheHeaderWhereMetaSaysNothing) {
  EXPECT_EQ(traceparent_of("{}", {{"Traceparent", kInHeader}}), kInHeader);
  EXPECT_EQ(traceparent_of(R"({"_meta":{"traceparent":"junk"}})", {{"traceparent", kInHeader}}), kInHeader);
  EXPECT_EQ(traceparent_of("{}", {}), "none");
  EXPECT_EQ(traceparent_of("{}", {{"traceparent", "junk"}}), "none");
}

TEST(TraceOrigin, IsMetaWhereBothSaySomething) {
  std::string params = std::string(R"({"_meta":{"traceparent":")") + kInMeta + "\"}}";
  EXPECT_EQ(traceparent_of(params, {{"traceparent", kInHeader}}), kInMeta);
}

TEST(TraceOrigin, TakesTheStateThatBelongsToItsParent) {
  FakeEnv env;
  std::string params = std::string(R"({"_meta":{"traceparent":")") + kInMeta + "\"}}";
  FakeCall call(params, {{"traceparent", kInHeader}, {"tracestate", "of=header"}});
  Tracing(env, nullptr).begin(call);
  EXPECT_EQ(call.note().trace->tracestate, "");
  FakeCall other("{}", {{"traceparent", kInHeader}, {"tracestate", "of=header"}});
  Tracing(env, nullptr).begin(other);
  EXPECT_EQ(other.note().trace->tracestate, "of=header");
}

TEST(TraceOrigin, DropsAStateThatNoHeaderCanCarryOrThatIsTooLong) {
  FakeEnv env;
  auto state_of = [&](const std::string& state) {
    FakeCall call("{}", {{"traceparent", kInHeader}, {"tracestate", state}});
    Tracing(env, nullptr).begin(call);
    return call.note().trace->tracestate;
  };
  EXPECT_EQ(state_of("a=1\r\nX: y"), "");
  EXPECT_EQ(state_of(std::string(512, 'a')).size(), 512u);
  EXPECT_EQ(state_of(std::string(513, 'a')), "");
}

TEST(Spans, HaveIdsOfTheEnvironmentsRandomness) {
  FakeEnv env;
  async::Loop loop;
  auto exporter = std::make_shared<telemetry::SpanExporter>(loop, std::make_shared<Collector>(loop),
                                                            telemetry::SpanExporterOptions());
  FakeCall call("{}", {});
  Tracing(env, exporter).begin(call);
  EXPECT_EQ(call.note().trace->context.span_id, "2a2a2a2a2a2a2a2a");
}

}  // namespace
}  // namespace mcp::gateway
