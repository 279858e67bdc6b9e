#include "internal/json/members.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mcp::json {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(MembersOf, AgreesWithTheScan) {
  for (std::string_view text :
       {R"({})", R"( { } )", R"({"a":1})", R"({"a" : "x,}]\"" , "b":[{"c":"]"},2 ],"d":{},"e":-1.5e3})",
        R"({"\u0061\"":null,"t":true , "long":12345678901234567890123})", "{\n\t\"a\"\r:\n[ ]\n}"}) {
    Bytes bytes = Bytes::copy(text);
    auto fields = scan_object(bytes);
    ASSERT_TRUE(fields) << text;
    auto members = members_of(text);
    ASSERT_EQ(members.size(), fields->size()) << text;
    auto expected = fields->begin();
    for (const Field& member : members) {
      EXPECT_EQ(member.key, expected->key);
      EXPECT_EQ(member.raw, expected->raw);
      EXPECT_EQ(member_of(text, member.key), member.raw);
      ++expected;
    }
  }
}

TEST(MembersOf, KeepsKeysThatStandTwice) {
  EXPECT_EQ(members_of(R"({"a":1,"a":2})").size(), 2u);
  EXPECT_EQ(member_of(R"({"a":1,"a":2})", "a"), "1");
}

TEST(MembersOf, IsEmptyForOtherTypes) {
  for (std::string_view text : {"", "[]", "1", "\"{}\"", "null"}) {
    EXPECT_TRUE(members_of(text).empty()) << text;
    EXPECT_EQ(member_of(text, "a"), "") << text;
  }
}

TEST(MemberOf, FindsKeysThatAreWrittenWithEscapes) {
  EXPECT_EQ(member_of(R"({"x":0,"\u0061b":7})", "ab"), "7");
  EXPECT_EQ(member_of(R"({"ab":{"c":1}})", "c"), "");
  EXPECT_EQ(member_of(R"({"abc":1})", "ab"), "");
}

TEST(ElementsOf, AgreesWithTheScan) {
  EXPECT_THAT(elements_of(R"( [ {"a":[1]} ,"]", 3,[] ] )"), ElementsAre(R"({"a":[1]})", R"("]")", "3", "[]"));
  EXPECT_THAT(elements_of("[]"), IsEmpty());
  EXPECT_THAT(elements_of("{}"), IsEmpty());
}

TEST(MembersOf, StaysInsideATextThatIsNotJson) {
  constexpr std::string_view kText = R"({"a":"b\"","c":[1,{"d":2}],"e":tru})";
  for (std::size_t size = 0; size <= kText.size(); ++size) {
    std::string cut(kText.substr(0, size));
    (void)members_of(cut);
    (void)member_of(cut, "zzz");
    (void)elements_of("[" + cut);
  }
  for (std::string_view text :
       {"{,", "{,,", "{]", "{\"a\"", "{\"a\" 1}", "{1:2}", "{:}", "[:", "[}", "{\"a\":}", "{\"a\":,"}) {
    (void)members_of(text);
    (void)member_of(text, "b");
    (void)elements_of(text);
  }
}

}  // namespace
}  // namespace mcp::json
