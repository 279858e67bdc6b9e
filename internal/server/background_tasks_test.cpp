#include "internal/server/background_tasks.h"

#include "internal/base/fake_env.h"
#include "internal/server/test_catalog.h"

namespace mcp::server {
namespace {

class CountingEnv final : public FakeEnv {
 public:
  std::string random_bytes(std::size_t count) override {
    return std::string(count, static_cast<char>(++drawn_));
  }

 private:
  int drawn_ = 0;
};

constexpr std::string_view kTakesTasks =
    R"({"elicitation":{},"extensions":{"io.modelcontextprotocol/tasks":{}}})";

// Works until the test lets it go, or until it is told to stop.
struct Work {
  std::vector<async::Slot<bool>> running;
  int stopped = 0;
};
Task<Answer> wait_for(async::Slot<bool> slot, ContextPtr context) {
  context->progress(1, 2);
  bool done = co_await slot.get();
  co_return done ? ToolResult::text("done") : ToolResult::failure("stopped");
}

Answer asks_twice(Context& context) {
  constexpr std::string_view kSchema = R"({"type":"object","properties":{}})";
  InputRequired wanted;
  if (context.request_state().empty()) wanted.elicit("q", "first?", kSchema).state = "2";
  if (context.request_state() == "2") wanted.elicit("q", "second?", kSchema).state = "3";
  if (!wanted.questions.empty()) return wanted;
  return ToolResult::text("answered");
}
Answer samples(Context&) { return InputRequired().sample("s", R"({"messages":[],"maxTokens":1})"); }
Answer long_text(Context&) { return ToolResult::text(std::string(200, 'x')); }

template <Answer (*rest)(Context&)>
Answer later(Context&) {
  return Background{immediate(rest)};
}

class BackgroundTasksTest : public CatalogTest {
 protected:
  void SetUp() override {
    CatalogOptions options;
    options.tasks.tasks_per_owner = 2;
    options.tasks.parked_bytes = 200;
    peer = std::make_unique<TestPeer>(loop, [&](async::Loop& on) { return make(on, options); });
  }
  // Handlers and tasks refer to members of this class.
  void TearDown() override {
    peer.reset();
    catalog.reset();
  }
  std::shared_ptr<Catalog> make(async::Loop& on, CatalogOptions options) {
    catalog = std::make_shared<Catalog>(on, options, env);
    add("work", [this](ContextPtr context) { return begin(context); });
    add("asks", immediate(later<asks_twice>));
    add("samples", immediate(later<samples>));
    add("throws", immediate(later<throws>));
    add("long", immediate(later<long_text>));
    add("only", immediate(later<long_text>), TaskSupport::kRequired);
    add("never", immediate(later<long_text>), TaskSupport::kForbidden);
    return catalog;
  }
  void add(std::string name, Handler handler, TaskSupport support = TaskSupport::kOptional) {
    Tool tool;
    tool.name = std::move(name);
    tool.task_support = support;
    tool.handler = std::move(handler);
    ASSERT_TRUE(catalog->add(std::move(tool)));
  }
  Task<Answer> begin(ContextPtr context) {
    Handler rest = [this](ContextPtr going_on) {
      async::Slot<bool> slot(*loop);
      work.running.push_back(slot);
      going_on->call()->on_cancel([this, slot] {
        ++work.stopped;
        slot.set(false);
      });
      return wait_for(slot, going_on);
    };
    return immediate([rest](Context&) { return Answer(Background{rest}); })(context);
  }

  Value call(std::string_view name, std::string_view task = R"({"ttl":1000})") {
    return peer->ask(legacy(next(), "tools/call",
                            R"({"name":")" + std::string(name) +
                                R"(","_meta":{"progressToken":"p"},"task":)" + std::string(task) + "}"));
  }
  Value call_modern(std::string_view name, std::string_view capabilities = kTakesTasks) {
    return peer->ask(modern(next(), "tools/call", R"(,"name":")" + std::string(name) + "\"", capabilities,
                            R"(,"progressToken":"p")"));
  }
  Value about(std::string_view method, const std::string& id, std::string_view more = {}) {
    return peer->ask(modern(next(), method, R"(,"taskId":")" + id + "\"" + std::string(more), kTakesTasks));
  }
  std::string next() { return std::to_string(++requests); }

  CountingEnv env;
  Work work;
  int requests = 0;
};

std::string legacy_id(const Value& answer) { return answer["result"]["task"]["taskId"].get<std::string>(); }
std::string modern_id(const Value& answer) { return answer["result"]["taskId"].get<std::string>(); }
const char kRelated[] = "io.modelcontextprotocol/related-task";

TEST_F(BackgroundTasksTest, ProgressOfALegacyTaskGoesOnOutsideTheCall) {
  peer->initialize();
  std::string id = legacy_id(call("work"));
  Value progress = peer->next();
  EXPECT_EQ(progress["method"], "notifications/progress");
  EXPECT_EQ(progress["params"]["progressToken"], "p");
  EXPECT_EQ(progress["params"]["_meta"][kRelated]["taskId"], id);
}

TEST_F(BackgroundTasksTest, AModernTaskSendsNoProgress) {
  std::string id = modern_id(call_modern("work"));
  peer->settle();
  work.running.at(0).set(true);
  peer->settle();
  EXPECT_EQ(about("tasks/get", id)["result"]["status"], "completed");
}

TEST_F(BackgroundTasksTest, ATaskEndsWithItsSession) {
  peer->initialize();
  call("work");
  EXPECT_EQ(catalog->tasks().size(), 1u);
  peer->hang_up();
  EXPECT_EQ(work.stopped, 1);
  EXPECT_EQ(catalog->tasks().size(), 0u);
}

TEST_F(BackgroundTasksTest, ATaskThatExpiresIsStoppedAndUnknown) {
  peer->initialize();
  std::string id = legacy_id(call("work", R"({"ttl":1})"));
  env.now_ms = 1;
  peer->next();  // progress
  Value gone = peer->ask(legacy("\"g\"", "tasks/get", R"({"taskId":")" + id + "\"}"));
  EXPECT_EQ(code(gone), -32602);
  EXPECT_TRUE(peer->wait([this] { return work.stopped == 1; }));
  EXPECT_EQ(catalog->tasks().size(), 0u);
}

TEST_F(BackgroundTasksTest, ALegacyClientHoldsNoMoreThanItsShare) {
  peer->initialize();
  for (int i = 0; i < 2; ++i) {
    call("work");
    peer->next();
  }
  Value third = call("work");
  EXPECT_NE(code(third), 0);
  EXPECT_THAT(third["error"]["message"].get<std::string>(), HasSubstr("2 are kept for one client"));
}

TEST_F(BackgroundTasksTest, AKeyIsNeverUsedForTwoQuestions) {
  std::string id = modern_id(call_modern("asks"));
  Value first = about("tasks/get", id);
  EXPECT_EQ(first["result"]["inputRequests"]["q"]["params"]["message"], "first?");
  about("tasks/update", id, R"(,"inputResponses":{"q":{"action":"accept","content":{}}})");
  peer->settle();
  Value second = about("tasks/get", id);
  EXPECT_FALSE(second["result"]["inputRequests"].contains("q"));
  EXPECT_EQ(second["result"]["inputRequests"]["q-2"]["params"]["message"], "second?");
  about("tasks/update", id, R"(,"inputResponses":{"q":{"action":"accept","content":{}}})");
  EXPECT_EQ(about("tasks/get", id)["result"]["status"], "input_required") << "answered already: passed over";
  about("tasks/update", id, R"(,"inputResponses":{"q-2":{"action":"accept","content":{}}})");
  peer->settle();
  EXPECT_EQ(about("tasks/get", id)["result"]["result"]["content"][0]["text"], "answered");
}

TEST_F(BackgroundTasksTest, WhatTheClientDidNotDeclareIsNotAskedInATaskEither) {
  std::string id = modern_id(call_modern("samples"));
  peer->settle();
  Value task = about("tasks/get", id)["result"];
  EXPECT_EQ(task["status"], "failed");
  EXPECT_EQ(task["error"]["code"], -32021);
}

TEST_F(BackgroundTasksTest, AHandlerThatThrowsFailsTheTask) {
  std::string id = modern_id(call_modern("throws"));
  peer->settle();
  Value task = about("tasks/get", id)["result"];
  EXPECT_EQ(task["status"], "failed");
  EXPECT_EQ(task["error"]["code"], -32603);
  EXPECT_FALSE(task.contains("result"));
}

TEST_F(BackgroundTasksTest, AResultThatCannotBeKeptFailsTheTask) {
  std::string id = modern_id(call_modern("long"));
  peer->settle();
  Value task = about("tasks/get", id)["result"];
  EXPECT_EQ(task["status"], "failed");
  EXPECT_THAT(task["error"]["message"].get<std::string>(), HasSubstr("too large"));
}

TEST_F(BackgroundTasksTest, ACancelledTaskStaysCancelledWhateverItsHandlerSays) {
  std::string id = modern_id(call_modern("work"));
  peer->settle();
  EXPECT_EQ(about("tasks/cancel", id)["result"]["resultType"], "complete");
  EXPECT_EQ(work.stopped, 1);
  peer->settle();
  Value task = about("tasks/get", id)["result"];
  EXPECT_EQ(task["status"], "cancelled");
  EXPECT_FALSE(task.contains("result"));
  EXPECT_EQ(about("tasks/cancel", id)["result"]["resultType"], "complete") << "again";
}

TEST_F(BackgroundTasksTest, OnlyWhoDeclaredTheExtensionGetsATask) {
  EXPECT_EQ(text(call_modern("long", "{}")), std::string(200, 'x'));
  Value refused = call_modern("only", "{}");
  EXPECT_EQ(code(refused), -32021);
  EXPECT_EQ(refused["error"]["data"]["requiredCapabilities"],
            json::parse(R"({"extensions":{"io.modelcontextprotocol/tasks":{}}})").value());
  EXPECT_EQ(text(call_modern("never")), std::string(200, 'x'))
      << "a tool that forbids tasks answers in the call";
}

TEST_F(BackgroundTasksTest, RevisionsBeforeTasksAreTreatedAsIfThereWereNone) {
  Value hello = peer->initialize("{}", "2025-06-18");
  EXPECT_FALSE(hello["result"]["capabilities"].contains("tasks"));
  EXPECT_EQ(text(call("long")), std::string(200, 'x'));
  EXPECT_EQ(code(peer->ask(legacy("\"g\"", "tasks/list"))), -32601);
}

TEST_F(BackgroundTasksTest, AQuestionIsAskedAgainWhenItsStreamEndsFirst) {
  peer->initialize(R"({"elicitation":{}})");
  std::string id = legacy_id(call("asks"));
  EXPECT_EQ(peer->next()["params"]["status"], "input_required");
  std::string wait = R"({"taskId":")" + id + "\"}";
  Value first = peer->ask(legacy("\"a\"", "tasks/result", wait));
  EXPECT_EQ(first["params"]["message"], "first?");
  EXPECT_EQ(first["params"]["_meta"][kRelated]["taskId"], id);
  peer->send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"a"}})");
  EXPECT_EQ(peer->next()["method"], "notifications/cancelled");
  Value again = peer->ask(legacy("\"b\"", "tasks/result", wait));
  EXPECT_EQ(again["params"]["message"], "first?");
  EXPECT_NE(again["id"], first["id"]);
}

}  // namespace
}  // namespace mcp::server
