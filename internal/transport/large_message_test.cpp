// Messages that are read beside the loop: nothing overtakes them, and nothing is lost with them.
#include "internal/transport/large_message.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "internal/transport/stdio_channel.h"
#include "internal/transport/test_endpoint.h"

namespace mcp::transport {
namespace {

// A notification whose text is so many bytes long.
std::string notification(const std::string& method, std::size_t size) {
  std::string text = R"({"jsonrpc":"2.0","method":")" + method + R"(","params":{"x":""}})";
  text.insert(text.size() - 3, std::string(size - text.size(), 'z'));
  return text;
}

struct LargeLines : testing::Test {
  LargeLines() {
    int in[2], out[2];
    EXPECT_EQ(::pipe2(in, O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(out, O_CLOEXEC), 0);
    to_channel = in[1];
    from_channel = out[0];
    // Everything fits in, so that it is there before the channel looks.
    EXPECT_GE(::fcntl(to_channel, F_SETPIPE_SZ, 1 << 20), 1 << 20);
    channel = make_stdio_channel(loop, in[0], out[1], {});
  }
  ~LargeLines() override {
    channel.reset();
    if (to_channel >= 0) ::close(to_channel);
    ::close(from_channel);
  }
  void feed(const std::string& line) {
    std::string text = line + "\n";
    ASSERT_EQ(::write(to_channel, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void end_input() { ::close(std::exchange(to_channel, -1)); }
  std::vector<std::string> methods() const {
    std::vector<std::string> all;
    for (const Envelope& one : ear->messages) all.push_back(one.message.method);
    return all;
  }
  bool wait(const std::function<bool()>& done) { return loop.run_until(done, kPatience); }

  async::Loop loop;
  std::shared_ptr<TestListener> ear = std::make_shared<TestListener>();
  ChannelPtr channel;
  int to_channel = -1, from_channel = -1;
};

TEST_F(LargeLines, NothingOvertakesThem) {
  feed(notification("a", 100));
  feed(notification("large/b", kLargeMessage + 1));
  feed(notification("c", 100));
  feed(notification("large/d", kLargeMessage + 1));
  feed(notification("e", kLargeMessage));
  channel->start(ear);
  ASSERT_TRUE(wait([&] { return ear->messages.size() == 5; }));
  EXPECT_EQ(methods(), (std::vector<std::string>{"a", "large/b", "c", "large/d", "e"}));
  EXPECT_EQ(ear->messages[1].message.bytes.size(), kLargeMessage + 1);
  EXPECT_EQ(ear->messages[1].message.bytes.view(), notification("large/b", kLargeMessage + 1));
}

TEST_F(LargeLines, OneThatIsTheLastIsDeliveredBeforeTheEnd) {
  feed(notification("large/a", kLargeMessage + 1));
  end_input();
  channel->start(ear);
  ASSERT_TRUE(wait([&] { return ear->closed.has_value(); }));
  EXPECT_EQ(ear->messages.size(), 1u);
  EXPECT_EQ(ear->closed->message, "end of input");
}

TEST_F(LargeLines, OneThatIsNoMessageIsToldLikeAnyOther) {
  std::string broken = notification("large/a", kLargeMessage + 1);
  broken.back() = ']';
  feed(broken);
  feed(notification("b", 100));
  channel->start(ear);
  ASSERT_TRUE(wait([&] { return ear->messages.size() == 1; }));
  ASSERT_EQ(ear->undecodable.size(), 1u);
  EXPECT_EQ(ear->undecodable[0].second.code, ErrorCode::kMalformed);
  EXPECT_EQ(ear->undecodable[0].first.size(), broken.size());
}

TEST_F(LargeLines, WhoClosesMeanwhileHearsNothingMore) {
  feed(notification("a", 100));
  feed(notification("large/b", kLargeMessage + 1));
  feed(notification("c", 100));
  // Inside the delivery of what comes before it.
  ear->react = [this](const Envelope&) { loop.post([this] { channel->close(); }); };
  channel->start(ear);
  ASSERT_TRUE(wait([&] { return !ear->messages.empty(); }));
  bool answered = false;
  loop.offload([] {}, [&answered] { answered = true; });
  ASSERT_TRUE(wait([&] { return answered; }));
  loop.run_ready();
  EXPECT_EQ(methods(), std::vector<std::string>{"a"});
}

TEST(LargeBody, IsReadLikeAnyOther) {
  TestEndpoint t;
  std::string id = t.open_session();
  std::string text = R"({"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"x":""}})";
  text.insert(text.size() - 3, std::string(kLargeMessage, 'z'));
  auto call = t.open_post(text, {{"Mcp-Session-Id", id}});
  ASSERT_TRUE(t.heard(0, 2));
  EXPECT_EQ(t.owned[0]->ear->messages[1].message.bytes.view(), text);
  EXPECT_EQ(t.endpoint.in_flight(), 1u);
  ASSERT_TRUE(t.answer(0, "5"));
  EXPECT_EQ(t.reply_of(*call).status, 200);
  text.back() = ']';
  EXPECT_EQ(t.post(text, {{"Mcp-Session-Id", id}}).status, 400);
  EXPECT_EQ(t.endpoint.in_flight(), 0u);
}

}  // namespace
}  // namespace mcp::transport
