#include "tests/soak/ledger.h"

#include <gtest/gtest.h>

namespace mcp::soak {
namespace {

using protocol::Outcome;

std::string result_with(const std::string& text) {
  return R"({"content":[{"type":"text","text":")" + text + "\"}]}";
}
Outcome answer(const std::string& text) { return Outcome::result(result_with(text)); }
Outcome refusal(std::string message) { return Outcome::error(-32603, std::move(message)); }

TEST(Ledger, CountsWhatWasAnsweredWithItsOwnNonce) {
  Ledger ledger;
  std::string nonce = ledger.issue("files");
  EXPECT_EQ(ledger.open(), 1);
  ledger.seen(result_with(nonce));
  ledger.settle(nonce, "files", answer(nonce));
  EXPECT_EQ(ledger.open(), 0);
  EXPECT_EQ(ledger.totals().answered, 1);
  EXPECT_TRUE(ledger.totals().sound());
}

TEST(Ledger, SeesTheAnswerOfAnotherCall) {
  Ledger ledger;
  std::string mine = ledger.issue("files");
  std::string other = ledger.issue("files");
  ledger.settle(mine, "files", answer(other));
  EXPECT_EQ(ledger.totals().foreign, 1);
  EXPECT_FALSE(ledger.totals().sound());
}

TEST(Ledger, SeesASecondAnswerOnTheWire) {
  Ledger ledger;
  std::string nonce = ledger.issue("files");
  ledger.seen(result_with(nonce));
  ledger.seen(result_with(nonce));
  ledger.settle(nonce, "files", answer(nonce));
  EXPECT_EQ(ledger.totals().doubled, 1);
}

TEST(Ledger, SeesACallThatEndsTwice) {
  Ledger ledger;
  std::string nonce = ledger.issue("files");
  ledger.settle(nonce, "files", answer(nonce));
  ledger.settle(nonce, "files", refusal("server \"files\": gone"));
  EXPECT_EQ(ledger.totals().doubled, 1);
}

TEST(Ledger, CountsCallsThatNeverEndAsLost) {
  Ledger ledger;
  ledger.issue("files");
  EXPECT_EQ(ledger.totals().lost, 1);
}

TEST(Ledger, TellsCleanErrorsFromBrokenConnections) {
  Ledger ledger;
  ledger.settle(ledger.issue("files"), "files", refusal("server \"files\": killed by SIGKILL"));
  EXPECT_TRUE(ledger.totals().sound());
  ledger.settle(ledger.issue("files"), "files", refusal("something went wrong"));
  EXPECT_EQ(ledger.totals().nameless, 1);
  ledger.settle(ledger.issue("files"), "files",
                Outcome::failure(Error{ErrorCode::kUnavailable, "reset", {}}));
  EXPECT_EQ(ledger.totals().lost, 1);
  EXPECT_EQ(ledger.words().size(), 3U);
}

TEST(Ledger, AbandonedCallsOweNothing) {
  Ledger ledger;
  ledger.abandon(ledger.issue("files"));
  EXPECT_EQ(ledger.totals().abandoned, 1);
  EXPECT_TRUE(ledger.totals().sound());
}

}  // namespace
}  // namespace mcp::soak
