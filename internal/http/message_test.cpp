#include "internal/http/message.h"

#include <gtest/gtest.h>

namespace mcp::http {
namespace {

std::string text_of(const Headers& headers) {
  std::string text;
  for (const auto& [name, value] : headers) text.append(name).append("=").append(value).append(";");
  return text;
}

TEST(Headers, KeepTheirOrderAndCompareNamesWithoutCase) {
  Headers headers{{"Accept", "a"}, {"Host", "h"}};
  headers.add("accept", "b");
  headers.add("Empty", "");
  EXPECT_EQ(text_of(headers), "Accept=a;Host=h;accept=b;Empty=;");
  EXPECT_EQ(headers.get("ACCEPT"), "a") << "the first";
  EXPECT_EQ(headers.count("accept"), 2u);
  EXPECT_TRUE(headers.has("empty"));
  EXPECT_EQ(headers.get("empty"), "");
  EXPECT_FALSE(headers.has("Accep"));
  EXPECT_EQ(headers.size(), 4u);
}

TEST(Headers, SetReplacesTheFirstAndLeavesNoOther) {
  Headers headers{{"A", "1"}, {"B", "2"}, {"a", "3"}};
  headers.set("a", "a longer value than before");
  EXPECT_EQ(text_of(headers), "A=a longer value than before;B=2;");
  headers.set("C", "4");
  EXPECT_EQ(text_of(headers), "A=a longer value than before;B=2;C=4;");
}

TEST(Headers, TakeTheirOwnSlices) {
  Headers headers{{"A", std::string(100, 'x')}};
  for (int i = 0; i < 20; ++i) headers.add("B", headers.get("A"));
  headers.set("A", headers.get("b"));
  for (const auto& [name, value] : headers) EXPECT_EQ(value, std::string(100, 'x')) << name;
}

TEST(Headers, CopiesAreTheirOwn) {
  Headers headers{{"A", "1"}};
  Headers copy = headers;
  headers.set("A", "2");
  EXPECT_EQ(copy.get("A"), "1");
  Headers moved = std::move(headers);
  EXPECT_EQ(moved.get("A"), "2");
}

}  // namespace
}  // namespace mcp::http
