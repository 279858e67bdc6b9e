#include "internal/runtime/launcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
  void on_closed(Error why) override { closed = why.message; }

  std::vector<std::string> messages;
  std::vector<std::string> garbage;
  std::optional<std::string> closed;
};

class LauncherTest : public testing::Test {
 protected:
  void SetUp() override {
    auto forked = process::Spawner::fork_helper();
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
  EXPECT_THAT(*ear->closed, HasSubstr("3"));
  EXPECT_THAT(*ear->closed, HasSubstr("cannot find the thing"));
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

TEST_F(LauncherTest, CountsTheGatewaysAboveAServer) {
  ::unsetenv(kDepthVariable);
  EXPECT_EQ(serve_depth(real_env()), 0);
  auto channel = start(
      "echo \"{\\\"jsonrpc\\\":\\\"2.0\\\",\\\"method\\\":\\\"depth-$MCP_GATEWAY_DEPTH\\\"}\"; exec cat");
  ASSERT_TRUE(wait([&] { return !ear->messages.empty(); }));
  EXPECT_THAT(ear->messages[0], HasSubstr("depth-1"));
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
