#include "internal/runtime/launcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/base/log.h"
#include "internal/process/testing.h"
#include "internal/runtime/process_channel.h"
#include "internal/runtime/stderr_log.h"
#include "internal/transport/pair_channel.h"

namespace mcp::runtime {
namespace {

using testing::HasSubstr;

constexpr async::Millis kPatience{10'000};

struct Ear final : transport::Listener {
  void on_message(transport::Envelope envelope) override {
    messages.push_back(std::string(envelope.message.bytes.view()));
  }
  void on_undecodable(Bytes text, Error) override { garbage.push_back(std::string(text.view())); }
  void on_closed(Error why) override {
    closed = why.message;
    hint = why.hint;
  }

  std::vector<std::string> messages;
  std::vector<std::string> garbage;
  std::optional<std::string> closed;
  std::string hint;
};

class LauncherTest : public testing::Test {
 protected:
  void SetUp() override {
    auto forked = process::Spawner::fork_helpers();
    ASSERT_TRUE(forked);
    spawner = std::move(*forked);
    spawner->attach(loop);
    launcher =
        std::make_unique<Launcher>(loop, real_env(), spawner.get(), std::make_shared<http::Client>(loop),
                                   [](const std::string& name) -> Result<transport::ChannelPtr> {
                                     return fail(ErrorCode::kConfig, "no built-in " + name);
                                   });
  }

  static Task<void> store(Task<Result<transport::ChannelPtr>> task,
                          std::shared_ptr<std::optional<Result<transport::ChannelPtr>>> into) {
    into->emplace(co_await std::move(task));
  }
  Result<transport::ChannelPtr> open(const config::ServerEntry& entry,
                                     protocol::Era era = protocol::Era::kLegacy) {
    auto result = std::make_shared<std::optional<Result<transport::ChannelPtr>>>();
    loop.spawn(store(launcher->open(entry, era), result));
    EXPECT_TRUE(loop.run_until([&] { return result->has_value(); }, kPatience));
    return std::move(**result);
  }
  transport::ChannelPtr start(std::string script) {
    auto channel = open(shell(std::move(script)));
    EXPECT_TRUE(channel) << channel.error().message;
    (*channel)->start(ear);
    return *channel;
  }
  static config::ServerEntry shell(std::string script) {
    config::ServerEntry entry;
    entry.name = "s";
    entry.command = "/bin/sh";
    entry.args = {"-c", std::move(script)};
    return entry;
  }
  bool wait(const std::function<bool()>& done) { return loop.run_until(done, kPatience); }
  // What other processes do wakes no loop.
  bool eventually(const std::function<bool()>& holds) {
    auto until = std::chrono::steady_clock::now() + kPatience;
    while (!holds() && std::chrono::steady_clock::now() < until) {
      loop.run_until([] { return false; }, async::Millis(2));
    }
    return holds();
  }

  async::Loop loop;
  std::unique_ptr<process::Spawner> spawner;
  std::unique_ptr<Launcher> launcher;
  std::shared_ptr<Ear> ear = std::make_shared<Ear>();
};

TEST_F(LauncherTest, CarriesMessagesOverAChildsStdio) {
  auto channel = start("exec cat");
  transport::Envelope envelope;
  envelope.message = jsonrpc::own_message(jsonrpc::make_notification("n", "{\"a\":1}"));
  ASSERT_TRUE(channel->send(std::move(envelope)));
  ASSERT_TRUE(wait([&] { return !ear->messages.empty(); }));
  EXPECT_EQ(ear->messages[0], R"({"jsonrpc":"2.0","method":"n","params":{"a":1}})");
}

TEST_F(LauncherTest, TellsTheExitStatusAndTheLastWords) {
  auto channel = start("echo 'cannot find the thing' >&2; exit 3");
  ASSERT_TRUE(wait([&] { return ear->closed.has_value(); }));
  EXPECT_EQ(*ear->closed, "exit status 3 before it answered anything (last words: cannot find the thing)");
}

TEST_F(LauncherTest, SaysNothingOfAnswersOnceSomethingCame) {
  for (const char* said : {"{\\\"jsonrpc\\\":\\\"2.0\\\",\\\"method\\\":\\\"m\\\"}", "Welcome!"}) {
    ear = std::make_shared<Ear>();
    auto channel = start(std::string("echo \"") + said + "\"; exit 3");
    ASSERT_TRUE(wait([&] { return ear->closed.has_value(); }));
    EXPECT_EQ(*ear->closed, "exit status 3") << said;
  }
}

TEST_F(LauncherTest, DeliversWhatWasWrittenBeforeTheExit) {
  auto channel = start("echo '{\"jsonrpc\":\"2.0\",\"method\":\"last\"}'; exit 0");
  ASSERT_TRUE(wait([&] { return ear->closed.has_value(); }));
  EXPECT_EQ(ear->messages.size(), 1u);
}

TEST_F(LauncherTest, SeesTheExitThoughADescendantHoldsThePipes) {
  auto channel = start("sleep 1000 & exit 4");
  ASSERT_TRUE(wait([&] { return ear->closed.has_value(); }));
  EXPECT_THAT(*ear->closed, HasSubstr("4"));
}

TEST_F(LauncherTest, SkipsGarbageBetweenMessages) {
  auto channel =
      start("echo 'Welcome to my server!'; echo '{\"jsonrpc\":\"2.0\",\"method\":\"m\"}'; exec cat");
  ASSERT_TRUE(wait([&] { return !ear->messages.empty(); }));
  EXPECT_EQ(ear->garbage.size(), 1u);
  EXPECT_FALSE(ear->closed);
}

TEST_F(LauncherTest, EndsAChildThatIgnoresTheEndOfItsInputAndSigterm) {
  auto channel =
      start("trap '' TERM; echo '{\"jsonrpc\":\"2.0\",\"method\":\"up\"}'; while :; do sleep 1; done");
  ASSERT_TRUE(wait([&] { return !ear->messages.empty(); }));
  channel->close();
  EXPECT_TRUE(wait([&] { return spawner->running() == 0; }));
  EXPECT_FALSE(ear->closed);
}

// The first steps of the ladder are kept apart by what the child saw of them.
TEST_F(LauncherTest, LetsAChildLeaveByTheEndOfItsInputWithoutASignal) {
  std::string witness = testing::TempDir() + "ladder-eof-" + std::to_string(::getpid());
  auto channel =
      start("trap 'echo term > " + witness +
            "' TERM; echo '{\"jsonrpc\":\"2.0\",\"method\":\"up\"}'; read line; echo eof > " + witness);
  ASSERT_TRUE(wait([&] { return !ear->messages.empty(); }));
  channel->close();
  ASSERT_TRUE(wait([&] { return spawner->running() == 0; }));
  EXPECT_EQ(process::testing::slurp(witness), "eof\n");
  std::remove(witness.c_str());
}

TEST_F(LauncherTest, AsksAChildThatIgnoresTheEndOfItsInputByTermBeforeItKills) {
  std::string witness = testing::TempDir() + "ladder-term-" + std::to_string(::getpid());
  auto channel = start("trap 'echo term > " + witness +
                       "; exit 0' TERM; echo '{\"jsonrpc\":\"2.0\",\"method\":\"up\"}'; "
                       "while :; do sleep 0.05; done");
  ASSERT_TRUE(wait([&] { return !ear->messages.empty(); }));
  channel->close();
  ASSERT_TRUE(wait([&] { return spawner->running() == 0; }));
  EXPECT_EQ(process::testing::slurp(witness), "term\n");
  std::remove(witness.c_str());
}

TEST_F(LauncherTest, TakesADescendantInASessionOfItsOwnWithTheChild) {
  std::string marker = process::testing::unique_sleep();
  auto channel = start("setsid sleep " + marker +
                       " & echo '{\"jsonrpc\":\"2.0\",\"method\":\"up\"}'; read line; exit 0");
  ASSERT_TRUE(eventually([&] { return process::testing::sleepers(marker).size() == 1; }));
  channel->close();
  EXPECT_TRUE(eventually([&] { return process::testing::sleepers(marker).empty(); }));
}

TEST_F(LauncherTest, TellsTheProcessBehindAChannelWhileItRuns) {
  auto channel = start("exec cat");
  EXPECT_GT(pid_of(channel.get()), 0);
  ::kill(pid_of(channel.get()), SIGKILL);
  ASSERT_TRUE(wait([&] { return ear->closed.has_value(); }));
  EXPECT_EQ(pid_of(channel.get()), 0);
  EXPECT_EQ(pid_of(transport::make_channel_pair(loop).first.get()), 0);
}

// A flood costs neither the log nor the line that explains the end.
TEST_F(LauncherTest, LimitsAFloodOnStderrAndKeepsItsLastWords) {
  log::configure(log::Level::kInfo, log::Format::kLogfmt);
  testing::internal::CaptureStderr();
  auto channel = start("i=0; while [ $i -lt 500 ]; do echo flood $i >&2; i=$((i+1)); done; exit 5");
  bool closed = wait([&] { return ear->closed.has_value(); });
  loop.run_ready();
  std::string logged = testing::internal::GetCapturedStderr();
  ASSERT_TRUE(closed);
  EXPECT_THAT(*ear->closed, HasSubstr("flood 499"));
  EXPECT_THAT(logged, HasSubstr("server=s"));
  EXPECT_THAT(logged, HasSubstr("flood 19"));
  EXPECT_THAT(logged, HasSubstr("stderr lines dropped"));
  auto lines = std::count(logged.begin(), logged.end(), '\n');
  EXPECT_LT(lines, 500 / 2);
}

TEST_F(LauncherTest, ReadsAnEndlessFloodOnStderrNoFasterThanTheLimit) {
  log::configure(log::Level::kInfo, log::Format::kLogfmt);
  testing::internal::CaptureStderr();
  auto channel = start("yes >&2 & exec cat");
  bool held = wait([&] { return launcher->counts("s")->stderr_held_seconds > 0.5; });
  std::string logged = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(held);
  EXPECT_THAT(logged, HasSubstr("standard error held back"));
  EXPECT_FALSE(ear->closed) << "it is slowed down, not ended";
}

TEST_F(LauncherTest, HoldsNothingOfABurstOnStderrBack) {
  auto channel = start("head -c " + std::to_string(StderrLog::kBurst) + " /dev/zero >&2; exit 5");
  ASSERT_TRUE(wait([&] { return ear->closed.has_value(); }));
  EXPECT_EQ(launcher->counts("s")->stderr_held_seconds, 0);
}

TEST_F(LauncherTest, SaysWhatToDoAboutASystemCallThatTheProfileForbids) {
  sandbox::Workshop workshop;
  if (!workshop.host().namespaces) GTEST_SKIP() << "no namespaces: " << workshop.host().namespaces_error;
  config::ServerEntry entry = shell("kill -SYS $$");
  entry.policy.profile = "runtime";
  auto channel = open(entry);
  ASSERT_TRUE(channel) << channel.error().message;
  (*channel)->start(ear);
  ASSERT_TRUE(wait([&] { return ear->closed.has_value(); }));
  EXPECT_THAT(*ear->closed, HasSubstr("killed by SIGSYS"));
  EXPECT_THAT(ear->hint, HasSubstr("profile = \"compat\""));
}

// After a reload an instance of the old policy may live beside one of the new.
TEST_F(LauncherTest, TellsOfEachInstanceWhatItIsShutIn) {
  sandbox::Workshop workshop;
  if (!workshop.host().namespaces) GTEST_SKIP() << "no namespaces: " << workshop.host().namespaces_error;
  config::ServerEntry entry = shell("exec cat");
  auto open_to_all = open(entry);
  ASSERT_TRUE(open_to_all);
  EXPECT_EQ(evidence_of(open_to_all->get()), nullptr);
  entry.policy.profile = "runtime";
  auto first = open(entry);
  entry.policy.network = sandbox::Network::kPrivateLoopback;
  auto second = open(entry);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(evidence_of(first->get())->network, sandbox::Network::kNone);
  EXPECT_EQ(evidence_of(second->get())->network, sandbox::Network::kPrivateLoopback);
  EXPECT_EQ(evidence_of(transport::make_channel_pair(loop).first.get()), nullptr);
}

TEST_F(LauncherTest, GivesOnlyTheNamedEnvironment) {
  ::setenv("MCP_LAUNCHER_TEST_SECRET", "leaked", 1);
  config::ServerEntry entry =
      shell("echo \"{\\\"jsonrpc\\\":\\\"2.0\\\",\\\"method\\\":\\\"$GIVEN$MCP_LAUNCHER_TEST_SECRET\\\"}\"");
  entry.env["GIVEN"] = "given";
  auto channel = open(entry);
  ASSERT_TRUE(channel);
  (*channel)->start(ear);
  ASSERT_TRUE(wait([&] { return !ear->messages.empty(); }));
  EXPECT_THAT(ear->messages[0], HasSubstr("\"given\""));
}

TEST_F(LauncherTest, TellsAServerOfTheGatewaysAboveIt) {
  Launcher below(loop, real_env(), spawner.get(), nullptr, nullptr, "ours,above");
  auto opened = std::make_shared<std::optional<Result<transport::ChannelPtr>>>();
  auto entry = shell(
      "echo \"{\\\"jsonrpc\\\":\\\"2.0\\\",\\\"method\\\":\\\"below-$MCP_GATEWAYS_ABOVE\\\"}\"; exec cat");
  loop.spawn(store(below.open(entry, protocol::Era::kLegacy), opened));
  ASSERT_TRUE(wait([&] { return opened->has_value(); }));
  (**opened).value()->start(ear);
  ASSERT_TRUE(wait([&] { return !ear->messages.empty(); }));
  EXPECT_THAT(ear->messages[0], HasSubstr("below-ours,above"));
}

TEST_F(LauncherTest, NamesACommandThatIsNotThere) {
  config::ServerEntry entry;
  entry.name = "s";
  entry.command = "no-such-command-anywhere";
  auto channel = open(entry);
  ASSERT_FALSE(channel);
  EXPECT_EQ(channel.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(channel.error().message, HasSubstr("no-such-command-anywhere"));
}

TEST_F(LauncherTest, HttpWithSseIsOfTheLegacyEraOnly) {
  config::ServerEntry entry;
  entry.name = "s";
  entry.kind = config::ServerEntry::Kind::kUrl;
  entry.url = "http://127.0.0.1:1/sse";
  entry.transport = config::ServerEntry::Transport::kSse;
  EXPECT_TRUE(open(entry));
  auto refused = open(entry, protocol::Era::kModern);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
}

TEST_F(LauncherTest, NamesASecretThatCannotBeRead) {
  config::ServerEntry entry = shell("exec cat");
  entry.env["TOKEN"] = "file:/no/such/file";
  auto channel = open(entry);
  ASSERT_FALSE(channel);
  EXPECT_EQ(channel.error().code, ErrorCode::kConfig);
}

}  // namespace
}  // namespace mcp::runtime
