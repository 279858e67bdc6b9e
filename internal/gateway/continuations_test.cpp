#include "internal/gateway/continuations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mcp::gateway {
namespace {

using testing::HasSubstr;

constexpr async::Millis kPatience{10'000};

struct Waiter final : Continuation {
  void expired() override { ++expirations; }
  int expirations = 0;
};

class ContinuationsTest : public testing::Test {
 protected:
  Continuations make(ContinuationLimits limits) { return {loop, std::string(32, 'k'), limits}; }
  static Binding of(std::string principal, std::string request = "r") {
    return {std::move(principal), "", std::move(request)};
  }
  async::Loop loop;
  std::shared_ptr<Waiter> waiter = std::make_shared<Waiter>();
};

TEST_F(ContinuationsTest, GivesBackWhatItKeptOnce) {
  auto table = make({});
  auto state = table.keep(waiter, of("ada"));
  ASSERT_TRUE(state);
  auto taken = table.take(*state, of("ada"));
  ASSERT_TRUE(taken);
  EXPECT_EQ(*taken, waiter);
  EXPECT_EQ(table.take(*state, of("ada")).error().code, ErrorCode::kTimeout);
}

TEST_F(ContinuationsTest, OpensForNobodyElseAndNothingElse) {
  auto table = make({});
  std::string state = table.keep(waiter, of("ada")).value();
  EXPECT_EQ(table.take(state, of("bob")).error().code, ErrorCode::kDenied);
  EXPECT_EQ(table.take(state, of("ada", "other")).error().code, ErrorCode::kDenied);
  EXPECT_EQ(table.take(state, {"ada", "files", "r"}).error().code, ErrorCode::kDenied);
  // Parts that only together read the same are not the same.
  EXPECT_EQ(table.take(state, {"ad", "a", "r"}).error().code, ErrorCode::kDenied);
  EXPECT_EQ(table.take("not base64", of("ada")).error().code, ErrorCode::kDenied);
  EXPECT_EQ(table.take("", of("ada")).error().code, ErrorCode::kDenied);
  state[20] = state[20] == 'A' ? 'B' : 'A';
  EXPECT_EQ(table.take(state, of("ada")).error().code, ErrorCode::kDenied);
  EXPECT_EQ(table.size(), 1u);
}

TEST_F(ContinuationsTest, AnotherProcessCannotOpenIt) {
  auto table = make({});
  Continuations other(loop, std::string(32, 'x'), {});
  std::string state = table.keep(waiter, of("ada")).value();
  EXPECT_EQ(other.take(state, of("ada")).error().code, ErrorCode::kDenied);
}

TEST_F(ContinuationsTest, KeepsAsManyAsTheLimitAndNotOneMore) {
  auto table = make({3, 3, kPatience});
  std::vector<std::string> states;
  for (int i = 0; i < 3; ++i) states.push_back(table.keep(waiter, of("p" + std::to_string(i))).value());
  auto refused = table.keep(waiter, of("p9"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kLimit);
  EXPECT_THAT(refused.error().message, HasSubstr("this gateway has 3"));
  ASSERT_TRUE(table.take(states[0], of("p0")));
  EXPECT_TRUE(table.keep(waiter, of("p9")));
}

TEST_F(ContinuationsTest, OnePrincipalGetsItsShareAndNotOneMore) {
  auto table = make({10, 2, kPatience});
  std::string state = table.keep(waiter, of("ada")).value();
  ASSERT_TRUE(table.keep(waiter, of("ada")));
  EXPECT_EQ(table.keep(waiter, of("ada")).error().code, ErrorCode::kLimit);
  EXPECT_TRUE(table.keep(waiter, of("bob")));
  ASSERT_TRUE(table.take(state, of("ada")));
  EXPECT_TRUE(table.keep(waiter, of("ada")));
}

TEST_F(ContinuationsTest, ExpiresOnceAndFreesItsPlace) {
  auto table = make({1, 1, async::Millis{1}});
  std::string state = table.keep(waiter, of("ada")).value();
  ASSERT_TRUE(loop.run_until([&] { return waiter->expirations > 0; }, kPatience));
  EXPECT_EQ(table.size(), 0u);
  EXPECT_EQ(table.take(state, of("ada")).error().code, ErrorCode::kTimeout);
  EXPECT_TRUE(table.keep(waiter, of("ada")));
  EXPECT_EQ(waiter->expirations, 1);
}

TEST_F(ContinuationsTest, ClearExpiresAll) {
  auto table = make({});
  ASSERT_TRUE(table.keep(waiter, of("ada")));
  ASSERT_TRUE(table.keep(waiter, of("bob")));
  table.clear();
  EXPECT_EQ(waiter->expirations, 2);
  EXPECT_EQ(table.size(), 0u);
}

jsonrpc::Message request(const std::string& params, const std::string& method = "tools/call") {
  return jsonrpc::Message::parse(jsonrpc::make_request(jsonrpc::Id::number(1), method, params)).value();
}

TEST(RequestDigest, IsTheSameForARetry) {
  EXPECT_EQ(
      request_digest(request(R"({"name":"t","arguments":{"a":1,"b":[2]}})")),
      request_digest(request(
          R"({ "requestState":"s","inputResponses":{"q":{}},"_meta":{"x":1},"arguments":{"b":[2],"a":1},"name":"\u0074"})")));
}

TEST(RequestDigest, DiffersForAnotherRequest) {
  auto digest = request_digest(request(R"({"name":"t","arguments":{"a":1}})"));
  EXPECT_NE(digest, request_digest(request(R"({"name":"t","arguments":{"a":2}})")));
  EXPECT_NE(digest, request_digest(request(R"({"name":"u","arguments":{"a":1}})")));
  EXPECT_NE(digest, request_digest(request(R"({"name":"t","arguments":{"a":1}})", "prompts/get")));
}

// Half a surrogate pair and a number beyond any double are JSON too.
TEST(RequestDigest, TellsApartWhatNoValueCanHold) {
  for (std::string_view odd : {R"("\ud83d")", "1e9999"}) {
    auto asked = [odd](std::string_view name, std::string_view more) {
      return request_digest(request("{\"name\":\"" + std::string(name) + "\",\"arguments\":{\"x\":" +
                                    std::string(odd) + "}" + std::string(more) + "}"));
    };
    EXPECT_NE(asked("t", ""), asked("u", "")) << odd;
    EXPECT_EQ(asked("t", ""), asked("t", R"(,"requestState":"s","_meta":{"x":1})")) << odd;
  }
}

}  // namespace
}  // namespace mcp::gateway
