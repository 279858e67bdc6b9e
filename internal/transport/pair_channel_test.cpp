#include "internal/transport/pair_channel.h"

#include <gtest/gtest.h>

#include "internal/transport/test_listener.h"

namespace mcp::transport {
namespace {

struct PairChannel : testing::Test {
  async::Loop loop;
  std::shared_ptr<TestListener> left_ear = std::make_shared<TestListener>();
  std::shared_ptr<TestListener> right_ear = std::make_shared<TestListener>();
  std::pair<ChannelPtr, ChannelPtr> pair = make_channel_pair(loop);

  bool wait(const std::function<bool()>& done) { return loop.run_until(done, kPatience); }
  void start_both() {
    pair.first->start(left_ear);
    pair.second->start(right_ear);
  }
};

Envelope note(int n) { return envelope_of(jsonrpc::make_notification("n" + std::to_string(n), {})); }

TEST_F(PairChannel, CarriesMessagesInOrderWithWhatTheyRelateTo) {
  start_both();
  for (int i = 0; i < 5; ++i) {
    Envelope envelope = note(i);
    envelope.related = jsonrpc::Id::number(i);
    ASSERT_TRUE(pair.first->send(std::move(envelope)));
  }
  EXPECT_TRUE(right_ear->messages.empty()) << "nothing is delivered inside send()";
  ASSERT_TRUE(wait([&] { return right_ear->messages.size() == 5; }));
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(right_ear->messages[i].message.method, "n" + std::to_string(i));
    EXPECT_EQ(right_ear->messages[i].related, jsonrpc::Id::number(i));
  }
  EXPECT_TRUE(left_ear->messages.empty());
}

TEST_F(PairChannel, KeepsMessagesUntilTheReaderStarts) {
  pair.first->start(left_ear);
  ASSERT_TRUE(pair.first->send(note(1)));
  bool turned = false;
  loop.post([&] { turned = true; });
  ASSERT_TRUE(wait([&] { return turned; }));
  pair.second->start(right_ear);
  EXPECT_TRUE(wait([&] { return right_ear->messages.size() == 1; }));
}

TEST_F(PairChannel, DeliversTheLastMessagesBeforeTheEnd) {
  start_both();
  ASSERT_TRUE(pair.first->send(note(1)));
  pair.first->close();
  ASSERT_TRUE(wait([&] { return right_ear->closed.has_value(); }));
  EXPECT_EQ(right_ear->messages.size(), 1u);
  EXPECT_EQ(right_ear->closed->code, ErrorCode::kUnavailable);
  EXPECT_FALSE(left_ear->closed) << "one's own close is not reported";
}

TEST_F(PairChannel, DestructionOfOneEndClosesTheOther) {
  start_both();
  pair.first.reset();
  EXPECT_TRUE(wait([&] { return right_ear->closed.has_value(); }));
  EXPECT_EQ(pair.second->send(note(1)).error().code, ErrorCode::kUnavailable);
}

TEST_F(PairChannel, AnEndMayBeDestroyedFromItsOwnListener) {
  start_both();
  right_ear->react = [&](const Envelope&) { pair.second.reset(); };
  ASSERT_TRUE(pair.first->send(note(1)));
  ASSERT_TRUE(pair.first->send(note(2)));
  ASSERT_TRUE(wait([&] { return left_ear->closed.has_value(); }));
  EXPECT_EQ(right_ear->messages.size(), 1u);
}

TEST_F(PairChannel, RefusesWhenTheOtherEndDoesNotRead) {
  pair.first->start(left_ear);
  for (int i = 0; i < 16384; ++i) ASSERT_TRUE(pair.first->send(note(1)));
  EXPECT_EQ(pair.first->send(note(1)).error().code, ErrorCode::kLimit);
}

}  // namespace
}  // namespace mcp::transport
