#include "internal/transport/stdio_channel.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "internal/transport/test_listener.h"

namespace mcp::transport {
namespace {

struct StdioChannel : testing::Test {
  async::Loop loop;
  std::shared_ptr<TestListener> ear = std::make_shared<TestListener>();
  int to_channel = -1;    // we write, the channel reads
  int from_channel = -1;  // the channel writes, we read
  ChannelPtr channel;

  void open(StdioLimits limits = {}) {
    int in[2], out[2];
    ASSERT_EQ(::pipe2(in, O_CLOEXEC), 0);
    ASSERT_EQ(::pipe2(out, O_CLOEXEC), 0);
    to_channel = in[1];
    from_channel = out[0];
    ::fcntl(from_channel, F_SETFL, O_NONBLOCK);
    channel = make_stdio_channel(loop, in[0], out[1], limits);
    channel->start(ear);
  }
  ~StdioChannel() override {
    channel.reset();
    if (to_channel >= 0) ::close(to_channel);
    if (from_channel >= 0) ::close(from_channel);
  }

  bool wait(const std::function<bool()>& done) { return loop.run_until(done, kPatience); }
  void feed(std::string_view text) {
    ASSERT_EQ(::write(to_channel, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  // Appends what has arrived; false at the end of the stream.
  bool drain(std::string& into) {
    char block[65536];
    for (;;) {
      ssize_t count = ::read(from_channel, block, sizeof block);
      if (count == 0) return false;
      if (count < 0) return true;
      into.append(block, static_cast<std::size_t>(count));
    }
  }
};

constexpr std::string_view kPing = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";

TEST_F(StdioChannel, DeliversEachLineAsOneMessage) {
  open();
  feed(std::string(kPing) + "\n" + R"({"jsonrpc":"2.0","method":"notifications/initialized"})" + "\n");
  ASSERT_TRUE(wait([&] { return ear->messages.size() == 2; }));
  EXPECT_EQ(ear->text(0), kPing);
  EXPECT_EQ(ear->messages[1].message.method, "notifications/initialized");
  EXPECT_FALSE(ear->messages[0].related);
}

TEST_F(StdioChannel, WritesOneLineAMessage) {
  open();
  ASSERT_TRUE(channel->send(envelope_of(kPing)));
  ASSERT_TRUE(channel->send(envelope_of(kPing)));
  std::string seen, wanted = std::string(kPing) + "\n" + std::string(kPing) + "\n";
  ASSERT_TRUE(wait([&] { return drain(seen), seen.size() >= wanted.size(); }));
  EXPECT_EQ(seen, wanted);
}

TEST_F(StdioChannel, PutsAMessageWithLineBreaksOnOneLine) {
  open();
  ASSERT_TRUE(channel->send(envelope_of("{\"jsonrpc\":\"2.0\",\r\n\"method\":\"a\\nb\"}")));
  std::string seen;
  ASSERT_TRUE(wait([&] { return drain(seen), !seen.empty() && seen.back() == '\n'; }));
  EXPECT_EQ(seen, "{\"jsonrpc\":\"2.0\",  \"method\":\"a\\nb\"}\n");
}

TEST_F(StdioChannel, WritesMoreThanAPipeHoldsInOrder) {
  open();
  std::string wanted, seen;
  for (int i = 0; i < 300; ++i) {
    Bytes text =
        jsonrpc::make_request(jsonrpc::Id::number(i), "m", "{\"x\":\"" + std::string(4000, 'x') + "\"}");
    wanted.append(text.view()).append("\n");
    ASSERT_TRUE(channel->send(envelope_of(text)));
  }
  ASSERT_TRUE(wait([&] { return drain(seen), seen.size() >= wanted.size(); }));
  EXPECT_TRUE(seen == wanted);
}

TEST_F(StdioChannel, RefusesToQueueOneByteMoreThanTheLimit) {
  Envelope envelope = envelope_of(kPing);
  StdioLimits limits;
  limits.max_queue_bytes = 2 * kPing.size() + 2;
  open(limits);
  ASSERT_TRUE(channel->send(envelope));
  ASSERT_TRUE(channel->send(envelope));
  auto third = channel->send(envelope);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, ErrorCode::kLimit);
  std::string seen;
  ASSERT_TRUE(wait([&] { return drain(seen), seen.size() == 2 * (kPing.size() + 1); }));
  EXPECT_TRUE(channel->send(envelope)) << "room again once it was read";
}

TEST_F(StdioChannel, ReportsTextsThatAreNoMessagesAndGoesOn) {
  open();
  feed("not json\n[" + std::string(kPing) + "]\n\xff\xfe\n" + std::string(kPing) + "\n");
  ASSERT_TRUE(wait([&] { return ear->messages.size() == 1; }));
  ASSERT_EQ(ear->undecodable.size(), 3u);
  EXPECT_EQ(ear->undecodable[0].second.code, ErrorCode::kMalformed);
  EXPECT_EQ(ear->undecodable[1].second.code, ErrorCode::kProtocol) << "a batch";
  EXPECT_EQ(ear->undecodable[2].second.code, ErrorCode::kMalformed) << "not UTF-8";
}

TEST_F(StdioChannel, TakesALineLargerThanTheQueueWhileTheQueueHasRoom) {
  StdioLimits limits;
  limits.max_queue_bytes = kPing.size() + 2;  // one byte more than one line
  open(limits);
  ASSERT_TRUE(channel->send(envelope_of(kPing)));
  std::string large = R"({"jsonrpc":"2.0","method":"x","params":{"x":")" + std::string(1 << 20, 'x') + "\"}}";
  ASSERT_TRUE(channel->send(envelope_of(large)));
  EXPECT_FALSE(channel->send(envelope_of(kPing)));
  std::string seen, wanted = std::string(kPing) + "\n" + large + "\n";
  ASSERT_TRUE(wait([&] { return drain(seen), seen.size() >= wanted.size(); }));
  EXPECT_TRUE(seen == wanted);
}

TEST_F(StdioChannel, WritesTheSharedPartsOfALargeMessageInOrder) {
  open();
  Bytes result = Bytes::adopt("{\"x\":\"" + std::string(1 << 20, 'x') + "\"}");
  Envelope envelope;
  envelope.message = jsonrpc::share_result(jsonrpc::Id::number(1), result);
  ASSERT_GT(envelope.message.bytes.parts(), 1u);
  ASSERT_TRUE(channel->send(std::move(envelope)));
  ASSERT_TRUE(channel->send(envelope_of(kPing)));
  std::string wanted =
      R"({"jsonrpc":"2.0","id":1,"result":)" + std::string(result.view()) + "}\n" + std::string(kPing) + "\n";
  std::string seen;
  ASSERT_TRUE(wait([&] { return drain(seen), seen.size() >= wanted.size(); }));
  EXPECT_TRUE(seen == wanted);
}

TEST_F(StdioChannel, ALineOverTheLimitIsSkippedAndTheRestGoesOn) {
  StdioLimits limits;
  limits.max_message_bytes = kPing.size();
  open(limits);
  feed(std::string(kPing) + "\n" + std::string(kPing) + " \n" + std::string(kPing) + "\n");
  ASSERT_TRUE(wait([&] { return ear->messages.size() == 2; }));
  ASSERT_EQ(ear->undecodable.size(), 1u);
  EXPECT_EQ(ear->undecodable[0].second.code, ErrorCode::kLimit);
  EXPECT_EQ(ear->undecodable[0].first.view(), std::string(kPing) + " ");
  EXPECT_FALSE(ear->closed);
}

TEST_F(StdioChannel, ALineOverTheLimitWithoutAnEndIsReportedAtTheEndOfInput) {
  StdioLimits limits;
  limits.max_message_bytes = 4;
  open(limits);
  feed("abcdef");
  ::close(std::exchange(to_channel, -1));
  ASSERT_TRUE(wait([&] { return ear->closed.has_value(); }));
  ASSERT_EQ(ear->undecodable.size(), 1u);
  EXPECT_EQ(ear->undecodable[0].second.code, ErrorCode::kLimit);
}

TEST_F(StdioChannel, ALineFourTimesAsLongAsAMessageMayBeEndsIt) {
  StdioLimits limits;
  limits.max_message_bytes = kPing.size();
  open(limits);
  std::string longest(4 * kPing.size() + 3, 'x');
  feed(longest);
  feed("\n" + std::string(kPing) + "\n" + longest);
  ASSERT_TRUE(wait([&] { return ear->messages.size() == 1; }));
  for (int i = 0; i < 100; ++i) loop.run_ready();
  EXPECT_FALSE(ear->closed);
  feed("x");
  ASSERT_TRUE(wait([&] { return ear->closed.has_value(); }));
  EXPECT_EQ(ear->closed->code, ErrorCode::kLimit);
  ASSERT_EQ(ear->undecodable.size(), 2u);
  EXPECT_EQ(ear->undecodable[1].first.view(), longest) << "the head, which may name a call";
}

// A burst as long as a message may be passes at once; the byte after it has to wait.
TEST_F(StdioChannel, HoldsBackWhatIsFasterThanAllowed) {
  StdioLimits limits;
  limits.max_message_bytes = 100;
  limits.max_bytes_per_second = 100;
  std::size_t held = 0;
  limits.on_held = [&held](async::Millis) { ++held; };
  open(limits);
  std::string line = R"({"jsonrpc":"2.0","method":"m"})";
  line.resize(49, ' ');
  feed(line + "\n" + line + "\n");
  ASSERT_TRUE(wait([&] { return ear->messages.size() == 2; }));
  EXPECT_EQ(held, 0u);
  feed(line.substr(0, 20));
  EXPECT_TRUE(wait([&] { return held == 1; }));
  feed(line.substr(20) + "\n");
  EXPECT_TRUE(wait([&] { return ear->messages.size() == 3; }));
  EXPECT_FALSE(ear->closed);
}

TEST_F(StdioChannel, EndsAFlood) {
  StdioLimits limits;
  limits.max_bytes_per_second = 64u << 10;
  limits.max_message_bytes = 1u << 10;
  limits.flood = async::Millis{1};
  open(limits);
  std::string line = R"({"jsonrpc":"2.0","method":"m"})"
                     "\n";
  std::string much;
  while (much.size() < 1u << 20) much += line;
  std::string_view rest = much;
  ::fcntl(to_channel, F_SETFL, O_NONBLOCK);
  EXPECT_TRUE(wait([&] {
    if (ear->closed) return true;
    ssize_t more = ::write(to_channel, rest.data(), std::min<std::size_t>(rest.size(), 4096));
    if (more > 0) rest.remove_prefix(static_cast<std::size_t>(more));
    return false;
  }));
  ASSERT_TRUE(ear->closed);
  EXPECT_EQ(ear->closed->code, ErrorCode::kLimit);
  EXPECT_THAT(ear->closed->message, testing::HasSubstr("over 65536 bytes a second"));
  EXPECT_GT(rest.size(), 0u) << "it was ended before it had said all";
}

TEST_F(StdioChannel, EndOfInputClosesButAnswersStillGoOut) {
  open();
  feed(kPing);  // the last line lacks its end
  ::close(std::exchange(to_channel, -1));
  ASSERT_TRUE(wait([&] { return ear->closed.has_value(); }));
  EXPECT_EQ(ear->closed->message, "end of input");
  EXPECT_EQ(ear->messages.size(), 1u);
  ASSERT_TRUE(channel->send(envelope_of(R"({"jsonrpc":"2.0","id":1,"result":{}})")));
  channel->close();
  std::string seen;
  ASSERT_TRUE(wait([&] { return !drain(seen); })) << "closed after what was queued";
  EXPECT_EQ(seen, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n");
}

TEST_F(StdioChannel, APeerThatClosedItsInputEndsTheChannel) {
  open();
  ::close(std::exchange(from_channel, -1));
  ASSERT_TRUE(channel->send(envelope_of(kPing)));
  ASSERT_TRUE(wait([&] { return ear->closed.has_value(); }));
  EXPECT_EQ(ear->closed->code, ErrorCode::kUnavailable);
  EXPECT_FALSE(channel->send(envelope_of(kPing)));
}

TEST_F(StdioChannel, WhatIsNotAnsweredInTimeAfterTheEndOfInputIsAnsweredWithAnError) {
  StdioLimits limits;
  limits.drain = async::Millis(10);
  open(limits);
  feed(R"({"jsonrpc":"2.0","id":"a","method":"ping"})"
       "\n");
  ::close(std::exchange(to_channel, -1));
  ASSERT_TRUE(wait([&] { return ear->closed.has_value(); }));
  channel.reset();
  std::string seen;
  EXPECT_TRUE(wait([&] { return !drain(seen); }));
  EXPECT_THAT(seen, testing::HasSubstr(R"("id":"a")"));
  EXPECT_THAT(seen, testing::HasSubstr("shutting down"));
}

TEST_F(StdioChannel, LettingGoOfTheChannelClosesBothDescriptorsQuietly) {
  open();
  channel.reset();
  std::string seen;
  EXPECT_TRUE(wait([&] { return !drain(seen); }));
  EXPECT_FALSE(ear->closed);
}

TEST_F(StdioChannel, MayBeLetGoFromItsOwnListener) {
  open();
  ear->react = [&](const Envelope&) { channel.reset(); };
  feed(std::string(kPing) + "\n" + std::string(kPing) + "\n");
  std::string seen;
  EXPECT_TRUE(wait([&] { return !drain(seen); }));
  EXPECT_EQ(ear->messages.size(), 1u);
}

TEST_F(StdioChannel, ReadsARegularFileAndWritesToOne) {
  std::string in_name = testing::TempDir() + "stdio_in_XXXXXX",
              out_name = testing::TempDir() + "stdio_out_XXXXXX";
  int in = ::mkstemp(in_name.data()), out = ::mkstemp(out_name.data());
  std::string line = std::string(kPing) + "\n", text;
  for (int i = 0; i < 5000; ++i) text += line;
  ASSERT_EQ(::write(in, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  ASSERT_EQ(::lseek(in, 0, SEEK_SET), 0);
  from_channel = ::open(out_name.c_str(), O_RDONLY | O_CLOEXEC);
  channel = make_stdio_channel(loop, in, out);
  channel->start(ear);
  ASSERT_TRUE(channel->send(envelope_of(kPing)));
  ASSERT_TRUE(wait([&] { return ear->closed.has_value(); }));
  EXPECT_EQ(ear->messages.size(), 5000u);
  EXPECT_EQ(ear->closed->message, "end of input");
  channel.reset();
  std::string seen;
  drain(seen);
  EXPECT_EQ(seen, line);
  ::unlink(in_name.c_str());
  ::unlink(out_name.c_str());
}

TEST_F(StdioChannel, BothHalvesMayBeOneSocket) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  to_channel = ends[0];
  from_channel = ::dup(ends[0]);
  ::fcntl(from_channel, F_SETFL, O_NONBLOCK);
  channel = make_stdio_channel(loop, ends[1], ends[1]);
  channel->start(ear);
  feed(std::string(kPing) + "\n");
  ASSERT_TRUE(channel->send(envelope_of(kPing)));
  std::string seen;
  EXPECT_TRUE(
      wait([&] { return drain(seen), seen.size() == kPing.size() + 1 && ear->messages.size() == 1; }));
}

TEST_F(StdioChannel, GivesTheDescriptorItsBlockingModeBack) {
  int in[2], out[2];
  ASSERT_EQ(::pipe2(in, O_CLOEXEC), 0);
  ASSERT_EQ(::pipe2(out, O_CLOEXEC), 0);
  to_channel = in[1];
  from_channel = out[0];
  int shared = ::dup(in[0]);
  channel = make_stdio_channel(loop, in[0], out[1]);
  EXPECT_NE(::fcntl(shared, F_GETFL) & O_NONBLOCK, 0);
  channel.reset();
  EXPECT_EQ(::fcntl(shared, F_GETFL) & O_NONBLOCK, 0);
  ::close(shared);
}

}  // namespace
}  // namespace mcp::transport
