#include "internal/bench/verdict.h"

#include <gtest/gtest.h>

namespace mcp::bench {
namespace {

Verdict verdict_of(const std::string& status, const std::string& body, std::uint64_t least = 0) {
  ResponseReader reader;
  reader.feed("HTTP/1.1 " + status + " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
              body);
  EXPECT_TRUE(reader.done());
  return judge(reader, "1000000007", least);
}

TEST(Verdict, TakesAResultUnderTheSameId) {
  EXPECT_EQ(verdict_of("200", R"({"jsonrpc":"2.0","id":1000000007,"result":{"content":[]}})"), Verdict::kOk);
  EXPECT_EQ(verdict_of("200", R"({"result":{"content":[]},"jsonrpc":"2.0","id": 1000000007})"), Verdict::kOk);
  EXPECT_EQ(verdict_of("200", "event: message\ndata: {\"result\":{},\"id\":1000000007}\n\n"), Verdict::kOk);
}

TEST(Verdict, SeesWhatA200Hides) {
  EXPECT_EQ(verdict_of("200", R"({"id":1000000007,"result":{"isError":true}})"), Verdict::kToolError);
  EXPECT_EQ(verdict_of("200", R"({"id":1000000007,"error":{"code":-32602}})"), Verdict::kRpcError);
  EXPECT_EQ(verdict_of("200", R"({"id":1000000008,"result":{}})"), Verdict::kWrongId);
  EXPECT_EQ(verdict_of("200", ""), Verdict::kWrongId);
}

TEST(Verdict, TakesNoOtherStatus) {
  EXPECT_EQ(verdict_of("202", ""), Verdict::kHttpError);
  EXPECT_EQ(verdict_of("503", R"({"id":1000000007,"result":{}})"), Verdict::kHttpError);
}

TEST(Verdict, MeasuresTheBody) {
  const std::string body = R"({"id":1000000007,"result":{}})";
  EXPECT_EQ(verdict_of("200", body, body.size()), Verdict::kOk);
  EXPECT_EQ(verdict_of("200", body, body.size() + 1), Verdict::kTruncated);
}

TEST(Outcomes, CountErrorsApartFromSuccess) {
  Outcomes outcomes;
  outcomes[Verdict::kOk] = 5;
  outcomes[Verdict::kBroken] = 1;
  outcomes[Verdict::kTimeout] = 2;
  EXPECT_EQ(outcomes.errors(), 3);
  EXPECT_EQ(outcomes.of(Verdict::kOk), 5);
  for (std::size_t i = 0; i < kVerdicts; ++i) EXPECT_FALSE(to_string(static_cast<Verdict>(i)).empty());
}

}  // namespace
}  // namespace mcp::bench
