// How a server's stdio channel ends when its input has ended, and batches on it.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "internal/transport/stdio_channel.h"
#include "internal/transport/test_listener.h"

namespace mcp::transport {
namespace {

using testing::HasSubstr;

// Requests may be answered for much longer than a test waits.
StdioLimits patient() {
  StdioLimits limits;
  limits.drain = 100 * kPatience;
  return limits;
}

struct StdioEnd : testing::Test {
  async::Loop loop;
  std::shared_ptr<TestListener> ear = std::make_shared<TestListener>();
  int to_channel = -1;
  int from_channel = -1;
  ChannelPtr channel;
  std::string seen;

  void open(StdioLimits limits = patient()) {
    int in[2], out[2];
    ASSERT_EQ(::pipe2(in, O_CLOEXEC), 0);
    ASSERT_EQ(::pipe2(out, O_CLOEXEC), 0);
    to_channel = in[1];
    from_channel = out[0];
    ::fcntl(from_channel, F_SETFL, O_NONBLOCK);
    ::fcntl(to_channel, F_SETPIPE_SZ, 1 << 20);  // feed() does not wait for the loop
    channel = make_stdio_channel(loop, in[0], out[1], limits);
    channel->start(ear);
  }
  ~StdioEnd() override {
    channel.reset();
    if (to_channel >= 0) ::close(to_channel);
    if (from_channel >= 0) ::close(from_channel);
  }

  bool wait(const std::function<bool()>& done) { return loop.run_until(done, kPatience); }
  void feed(const std::string& line) {
    std::string text = line + "\n";
    ASSERT_EQ(::write(to_channel, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void end_input() { ::close(std::exchange(to_channel, -1)); }
  bool heard(std::size_t messages) {
    return wait([&] { return ear->messages.size() >= messages; });
  }
  bool is_over() {
    return wait([&] { return ear->closed.has_value(); });
  }
  // What was written, up to the nth line end.
  const std::string& written(std::ptrdiff_t lines) {
    wait([&] {
      char block[4096];
      ssize_t count = ::read(from_channel, block, sizeof block);
      if (count > 0) seen.append(block, static_cast<std::size_t>(count));
      return std::count(seen.begin(), seen.end(), '\n') >= lines;
    });
    return seen;
  }
  void answer(int id) {
    (void)channel->send(envelope_of(jsonrpc::make_result(jsonrpc::Id::number(id), "{}")));
  }
};

std::string request(int id, const std::string& method = "ping") {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")" + method + "\"}";
}
std::string cancelled(int id) {
  return R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)" +
         std::to_string(id) + "}}";
}

TEST_F(StdioEnd, WaitsForTheAnswersThatAreMissing) {
  open();
  feed(request(1));
  feed(request(2));
  end_input();
  ASSERT_TRUE(wait([&] { return ear->endings == 1; }));
  answer(1);
  EXPECT_FALSE(ear->closed);
  answer(2);
  EXPECT_TRUE(is_over());
}

TEST_F(StdioEnd, DoesNotWaitForWhatWasCancelled) {
  open();
  feed(request(1));
  feed(cancelled(1));
  end_input();
  EXPECT_TRUE(is_over());
}

TEST_F(StdioEnd, DoesNotWaitForWhatIsAnsweredWhenTheEndIsTold) {
  open();
  ear->at_end = [this] { answer(1); };
  feed(request(1, "subscriptions/listen"));
  end_input();
  EXPECT_TRUE(is_over());
  EXPECT_EQ(written(1), "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n");
}

TEST_F(StdioEnd, ComesOnlyWhenTheLastAnswerIsWritten) {
  open();
  feed(request(1));
  ASSERT_TRUE(heard(1));
  Envelope envelope;
  Bytes result = Bytes::adopt("{\"x\":\"" + std::string(1 << 20, 'x') + "\"}");  // more than a pipe holds
  envelope.message = jsonrpc::share_result(jsonrpc::Id::number(1), result);
  ASSERT_TRUE(channel->send(std::move(envelope)));
  end_input();
  ASSERT_TRUE(wait([&] { return ear->endings == 1; }));
  for (int i = 0; i < 100; ++i) loop.run_ready();
  EXPECT_FALSE(ear->closed) << "nobody has read it";
  EXPECT_GT(written(1).size(), result.size());
  EXPECT_TRUE(is_over());
}

TEST_F(StdioEnd, WithoutADrainTheEndOfInputIsTheEnd) {
  open({});
  feed(request(1));
  end_input();
  EXPECT_TRUE(is_over());
  EXPECT_EQ(ear->endings, 0);
}

StdioLimits with_batches() {
  StdioLimits limits = patient();
  limits.accept_batches = true;
  limits.max_batch = 3;
  return limits;
}

TEST_F(StdioEnd, ABatchIsAnsweredTogether) {
  open(with_batches());
  channel->negotiated(protocol::Revision::k2025_03_26);
  feed("[" + request(1) + ",1," + request(2) + "]");
  ASSERT_TRUE(heard(2));
  answer(2);
  answer(1);
  EXPECT_THAT(written(1), testing::AllOf(testing::StartsWith("[{"), HasSubstr("-32600"),
                                         testing::EndsWith(R"({"jsonrpc":"2.0","id":2,"result":{}},)"
                                                           R"({"jsonrpc":"2.0","id":1,"result":{}}])"
                                                           "\n")));
}

TEST_F(StdioEnd, ABatchWithoutRequestsIsAnsweredOnlyForItsMistakes) {
  open(with_batches());
  channel->negotiated(protocol::Revision::k2025_03_26);
  feed("[" + cancelled(9) + "]");
  feed("[1]");
  ASSERT_TRUE(heard(1));
  EXPECT_THAT(written(1), testing::StartsWith("[{\"jsonrpc\":\"2.0\",\"error\""));
}

TEST_F(StdioEnd, ACancelledMemberOfABatchIsNotWaitedFor) {
  open(with_batches());
  channel->negotiated(protocol::Revision::k2025_03_26);
  feed("[" + request(1) + "," + request(2) + "]");
  ASSERT_TRUE(heard(2));
  answer(2);
  feed(cancelled(1));
  EXPECT_EQ(written(1), "[{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}]\n");
}

TEST_F(StdioEnd, AnIdInUseIsRefusedInABatch) {
  open(with_batches());
  channel->negotiated(protocol::Revision::k2025_03_26);
  feed(request(1));
  feed("[" + request(1) + "," + request(2) + "," + request(2) + "]");
  ASSERT_TRUE(heard(2));
  answer(2);
  std::string text = written(1);
  EXPECT_THAT(text, HasSubstr(R"("id":1,"error")"));
  EXPECT_THAT(text, HasSubstr(R"("id":2,"error")"));
  EXPECT_THAT(text, HasSubstr(R"("id":2,"result")"));
}

TEST_F(StdioEnd, OneMemberTooManyIsRefused) {
  open(with_batches());
  channel->negotiated(protocol::Revision::k2025_03_26);
  feed("[" + request(1) + "," + request(2) + "," + request(3) + "]");
  ASSERT_TRUE(heard(3));
  feed("[" + request(4) + "," + request(5) + "," + request(6) + "," + request(7) + "]");
  ASSERT_TRUE(wait([&] { return ear->undecodable.size() == 1; }));
  EXPECT_EQ(ear->undecodable[0].second.code, ErrorCode::kLimit);
  EXPECT_EQ(ear->messages.size(), 3u);
}

TEST_F(StdioEnd, WhatIsRefusedIsCountedUnderItsKey) {
  std::vector<std::string> refused;
  StdioLimits limits = with_batches();
  limits.max_depth = 5;
  limits.refused = [&](std::string_view limit) { refused.emplace_back(limit); };
  open(limits);
  channel->negotiated(protocol::Revision::k2025_03_26);
  feed(R"({"jsonrpc":"2.0","method":"n","params":{"a":[[[]]]}})");
  ASSERT_TRUE(heard(1));
  feed(R"({"jsonrpc":"2.0","method":"n","params":{"a":[[[[]]]]}})");
  feed("[" + request(4) + "," + request(5) + "," + request(6) + "," + request(7) + "]");
  ASSERT_TRUE(wait([&] { return ear->undecodable.size() == 2; }));
  EXPECT_THAT(ear->undecodable[0].second.message, HasSubstr("max_depth in [serve] is reached"));
  EXPECT_THAT(ear->undecodable[1].second.message, HasSubstr("max_batch in [serve] is reached"));
  EXPECT_EQ(refused, (std::vector<std::string>{"max_depth", "max_batch"}));
}

TEST_F(StdioEnd, ALargeBatchIsReadBesideTheLoopAndNothingOvertakesIt) {
  open(with_batches());
  channel->negotiated(protocol::Revision::k2025_03_26);
  std::string large = request(1);
  large.insert(1, "\"long\":\"" + std::string(300 << 10, 'x') + "\",");
  feed("[" + large + "]");
  feed(request(2));
  ASSERT_TRUE(heard(2));
  EXPECT_EQ(ear->messages[0].message.id, jsonrpc::Id::number(1));
  EXPECT_EQ(ear->messages[1].message.id, jsonrpc::Id::number(2));
}

TEST_F(StdioEnd, BatchesOfOtherRevisionsAreNotTaken) {
  open(with_batches());
  feed("[" + request(1) + "]");
  ASSERT_TRUE(wait([&] { return ear->undecodable.size() == 1; })) << "before the handshake";
  channel->negotiated(protocol::Revision::k2025_06_18);
  feed("[" + request(1) + "]");
  ASSERT_TRUE(wait([&] { return ear->undecodable.size() == 2; }));
  EXPECT_EQ(ear->undecodable[1].second.code, ErrorCode::kProtocol);
}

}  // namespace
}  // namespace mcp::transport
