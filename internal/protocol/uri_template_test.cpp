#include "internal/protocol/uri_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mcp::protocol {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;
using testing::Pair;
using testing::UnorderedElementsAre;

TEST(UriTemplate, WithoutExpressionsMatchesItself) {
  EXPECT_THAT(match_uri_template("file:///a", "file:///a"), Optional(IsEmpty()));
  EXPECT_EQ(match_uri_template("file:///a", "file:///ab"), std::nullopt);
  EXPECT_EQ(match_uri_template("file:///ab", "file:///a"), std::nullopt);
  EXPECT_THAT(match_uri_template("", ""), Optional(IsEmpty()));
}

TEST(UriTemplate, SimpleExpressionsMatchOneSegment) {
  EXPECT_THAT(match_uri_template("test://template/{id}/data", "test://template/42/data"),
              Optional(ElementsAre(Pair("id", "42"))));
  EXPECT_EQ(match_uri_template("test://template/{id}/data", "test://template//data"), std::nullopt);
  EXPECT_EQ(match_uri_template("test://template/{id}/data", "test://template/4/2/data"), std::nullopt);
  EXPECT_THAT(match_uri_template("x:{a}-{b}", "x:1-2-3"),
              Optional(ElementsAre(Pair("a", "1-2"), Pair("b", "3"))));
  EXPECT_THAT(match_uri_template("x:{a,b}", "x:1,2"), Optional(ElementsAre(Pair("a", "1"), Pair("b", "2"))));
}

TEST(UriTemplate, DecodesPercentEscapes) {
  EXPECT_THAT(match_uri_template("x:{a}", "x:a%20%c3%a9%2F"), Optional(ElementsAre(Pair("a", "a é/"))));
  EXPECT_THAT(match_uri_template("x:{a}", "x:%ff%4"), Optional(ElementsAre(Pair("a", "%ff%4"))));
}

TEST(UriTemplate, ReservedExpressionsCrossSegments) {
  EXPECT_THAT(match_uri_template("file://{+path}", "file:///a/b?c#d"),
              Optional(ElementsAre(Pair("path", "/a/b?c#d"))));
  EXPECT_THAT(match_uri_template("x:a{#frag}", "x:a#/b/c"), Optional(ElementsAre(Pair("frag", "/b/c"))));
  EXPECT_THAT(match_uri_template("x:{+a}/end", "x:1/end/end"), Optional(ElementsAre(Pair("a", "1/end"))));
}

TEST(UriTemplate, PathExpressionsBringTheirSlash) {
  EXPECT_THAT(match_uri_template("x:{/a,b}", "x:/1/2"),
              Optional(ElementsAre(Pair("a", "1"), Pair("b", "2"))));
  EXPECT_EQ(match_uri_template("x:{/a}", "x:/1/2"), std::nullopt);
  EXPECT_THAT(match_uri_template("x:{/a*}", "x:/1/2"), Optional(ElementsAre(Pair("a", "1/2"))));
  EXPECT_THAT(match_uri_template("x:f{.ext}", "x:f.tar"), Optional(ElementsAre(Pair("ext", "tar"))));
  EXPECT_THAT(match_uri_template("x:f{;v}", "x:f;v=2"), Optional(ElementsAre(Pair("v", "2"))));
}

TEST(UriTemplate, QueryExpressionsTakeWhatIsThereInAnyOrder) {
  constexpr std::string_view kPattern = "x:search{?q,lang}";
  EXPECT_THAT(match_uri_template(kPattern, "x:search"), Optional(IsEmpty()));
  EXPECT_THAT(match_uri_template(kPattern, "x:search?q=a%20b"), Optional(ElementsAre(Pair("q", "a b"))));
  EXPECT_THAT(match_uri_template(kPattern, "x:search?lang=de&q="),
              Optional(UnorderedElementsAre(Pair("q", ""), Pair("lang", "de"))));
  EXPECT_EQ(match_uri_template(kPattern, "x:search?other=1"), std::nullopt);
  EXPECT_THAT(match_uri_template("x:{id}{?q}", "x:5?q=1"),
              Optional(UnorderedElementsAre(Pair("id", "5"), Pair("q", "1"))));
  EXPECT_THAT(match_uri_template("x:?fixed=1{&q}", "x:?fixed=1&q=2"), Optional(ElementsAre(Pair("q", "2"))));
}

TEST(UriTemplate, BoundsPrefixes) {
  EXPECT_TRUE(match_uri_template("x:{a:3}", "x:123"));
  EXPECT_FALSE(match_uri_template("x:{a:3}", "x:1234"));
}

TEST(UriTemplate, TakesAnUnclosedBraceAsText) {
  EXPECT_TRUE(match_uri_template("x:{a", "x:{a"));
  EXPECT_FALSE(match_uri_template("x:{a", "x:b"));
}

TEST(UriTemplate, DoesNotBacktrackIntoEternity) {
  std::string pattern, uri(16'000, 'a');
  for (int i = 0; i < 40; ++i) pattern += "{+v" + std::to_string(i) + "}";
  EXPECT_TRUE(match_uri_template(pattern, uri));
  EXPECT_FALSE(match_uri_template(pattern + "b", uri));
}

TEST(UriTemplate, HasALimit) {
  EXPECT_TRUE(match_uri_template("{+a}", std::string(16384, 'a')));
  EXPECT_FALSE(match_uri_template("{+a}", std::string(16385, 'a')));
}

}  // namespace
}  // namespace mcp::protocol
