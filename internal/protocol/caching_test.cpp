#include "internal/protocol/caching.h"

#include <gtest/gtest.h>

namespace mcp::protocol {
namespace {

using Scope = Freshness::Scope;

Freshness read(std::string_view text) { return read_freshness(Bytes::copy(text)); }

TEST(Caching, ReadsWhatAServerSays) {
  EXPECT_EQ(read(R"({"tools":[],"ttlMs":300000,"cacheScope":"public"})"),
            (Freshness{300000, Scope::kPublic}));
  EXPECT_EQ(read(R"({"ttlMs":1,"cacheScope":"private"})"), (Freshness{1, Scope::kPrivate}));
}

TEST(Caching, TakesWhatIsAbsentOrWrongAsTheStrictest) {
  for (const char* text :
       {R"({})", R"({"ttlMs":-1})", R"({"ttlMs":0})", R"({"ttlMs":"5"})", R"({"ttlMs":1.5})",
        R"({"ttlMs":null,"cacheScope":"PUBLIC"})", R"({"ttlMs":-99999999999999999999})"}) {
    EXPECT_EQ(read(text), (Freshness{0, Scope::kPrivate})) << text;
  }
}

TEST(Caching, BelievesATtlUpToADay) {
  EXPECT_EQ(read(R"({"ttlMs":86400000})").ttl_ms, kMaxTtlMs);
  EXPECT_EQ(read(R"({"ttlMs":86400001})").ttl_ms, kMaxTtlMs);
  EXPECT_EQ(read(R"({"ttlMs":99999999999999999999})").ttl_ms, kMaxTtlMs);
}

TEST(Caching, SaysOfAWholeWhatIsTrueOfEachPart) {
  Freshness longer{500, Scope::kPublic}, shorter{20, Scope::kPublic}, mine{900, Scope::kPrivate};
  EXPECT_EQ(strictest(longer, shorter), shorter);
  EXPECT_EQ(strictest(longer, mine), (Freshness{500, Scope::kPrivate}));
  EXPECT_EQ(strictest(mine, shorter), (Freshness{20, Scope::kPrivate}));
}

TEST(Caching, WritesBothMembers) {
  auto text = with_freshness(R"({"tools":[]})", {7, Scope::kPublic});
  EXPECT_EQ(read(text), (Freshness{7, Scope::kPublic}));
  EXPECT_EQ(read(with_freshness(text, {9, Scope::kPrivate})), (Freshness{9, Scope::kPrivate}));
  EXPECT_NE(text.find("\"tools\":[]"), std::string::npos);
}

}  // namespace
}  // namespace mcp::protocol
