#include "internal/gateway/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mcp::gateway {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

Listing build(ListKind kind, std::vector<std::string> texts, const Naming& naming = {}, bool strict = false,
              std::vector<std::string>* problems = nullptr) {
  std::vector<Bytes> raws;
  for (const std::string& text : texts) raws.push_back(Bytes::copy(text));
  std::vector<std::string> ignored;
  return Listing::build(kind, raws, naming, strict, problems == nullptr ? ignored : *problems);
}

TEST(Listing, ShowsThePrefixedNameAndLeavesEveryOtherByte) {
  Naming naming{"files__", {}, {}};
  auto listing = build(
      ListKind::kTools,
      {R"({ "description":"a \"name\"", "name" : "read", "inputSchema":{"$defs":{"a":{"type":"string"}}}, "x":12345678901234567890123 })"},
      naming);
  ASSERT_EQ(listing.items().size(), 1u);
  EXPECT_EQ(
      listing.items()[0].shown.view(),
      R"({ "description":"a \"name\"", "name" : "files__read", "inputSchema":{"$defs":{"a":{"type":"string"}}}, "x":12345678901234567890123 })");
  EXPECT_EQ(listing.by_exposed("files__read")->key, "read");
  EXPECT_EQ(listing.by_exposed("read"), nullptr);
  EXPECT_EQ(listing.by_key("read")->exposed, "files__read");
}

TEST(Listing, KeepsTheBytesOfAnUnprefixedTool) {
  auto listing = build(ListKind::kTools, {R"({"name":"a"})"});
  EXPECT_EQ(listing.items()[0].shown.data(), listing.items()[0].raw.data());
}

TEST(Listing, ShortensALongNameTheSameWayEachTime) {
  Naming naming{"files__", {}, {}};
  std::string tool = R"({"name":")" + std::string(90, 'n') + R"("})";
  auto first = build(ListKind::kTools, {tool}, naming);
  auto second = build(ListKind::kTools, {tool}, naming);
  EXPECT_LE(first.items()[0].exposed.size(), 64u);
  EXPECT_EQ(first.items()[0].exposed, second.items()[0].exposed);
}

TEST(Listing, HidesToolsByDenyAndShowsOnlyThoseOfAllow) {
  Naming naming{"", {"get_*"}, {"*_secret"}};
  auto listing =
      build(ListKind::kTools,
            {R"({"name":"get_time"})", R"({"name":"get_secret"})", R"({"name":"set_time"})"}, naming);
  ASSERT_EQ(listing.items().size(), 1u);
  EXPECT_EQ(listing.items()[0].key, "get_time");
}

TEST(Listing, LeavesOutWhatHasNoNameOrStandsTwice) {
  std::vector<std::string> problems;
  auto listing = build(ListKind::kPrompts, {R"({"title":"x"})", R"({"name":"a"})", R"({"name":"a"})"}, {},
                       false, &problems);
  EXPECT_EQ(listing.items().size(), 1u);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_THAT(problems[1], HasSubstr("twice"));
}

TEST(Listing, DropsAToolWithABrokenHeaderDeclarationOnlyWhereHeadersTravel) {
  std::string tool =
      R"({"name":"t","inputSchema":{"type":"object","properties":{"a":{"type":"number","x-mcp-header":"A"}}}})";
  std::vector<std::string> problems;
  EXPECT_THAT(build(ListKind::kTools, {tool}, {}, true, &problems).items(), IsEmpty());
  EXPECT_EQ(problems.size(), 1u);
  EXPECT_EQ(build(ListKind::kTools, {tool}, {}, false).items().size(), 1u);
}

TEST(Listing, NeverPrefixesResources) {
  Naming naming{"files__", {}, {}};
  auto listing = build(ListKind::kResources, {R"({"uri":"file:///a","name":"a"})"}, naming);
  EXPECT_EQ(listing.items()[0].exposed, "file:///a");
  EXPECT_EQ(listing.items()[0].shown.view(), R"({"uri":"file:///a","name":"a"})");
}

TEST(Listing, IsEqualWhenItShowsTheSameBytes) {
  EXPECT_TRUE(build(ListKind::kTools, {R"({"name":"a"})"}) == build(ListKind::kTools, {R"({"name":"a"})"}));
  EXPECT_FALSE(build(ListKind::kTools, {R"({"name":"a"})"}) ==
               build(ListKind::kTools, {R"({"name":"a","x":1})"}));
  EXPECT_FALSE(build(ListKind::kTools, {R"({"name":"a"})"}) == build(ListKind::kTools, {}));
}

}  // namespace
}  // namespace mcp::gateway
