#include "internal/json/splice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/json/members.h"

namespace mcp::json {
namespace {

std::string without(std::string_view text, const std::vector<std::string_view>& keys) {
  Splice splice(text);
  for (std::string_view key : keys) splice.remove_member(member_of(text, key));
  return splice.apply();
}

TEST(Splice, WithoutEditsGivesTheSource) {
  Splice splice(R"({"a":1})");
  EXPECT_TRUE(splice.empty());
  EXPECT_EQ(splice.apply(), R"({"a":1})");
}

TEST(Splice, ReplacesAValueAndNothingElse) {
  std::string_view text = R"({ "a" : 12345678901234567890123 ,"b":"x" })";
  Splice splice(text);
  splice.replace(member_of(text, "b"), "[1]");
  EXPECT_EQ(splice.apply(), R"({ "a" : 12345678901234567890123 ,"b":[1] })");
}

TEST(Splice, TakesEditsInAnyOrder) {
  std::string_view text = R"({"a":1,"b":2,"c":3})";
  Splice splice(text);
  splice.replace(member_of(text, "c"), "30");
  splice.insert_members(text, R"("z":0)");
  splice.replace(member_of(text, "a"), "10");
  splice.remove_member(member_of(text, "b"));
  EXPECT_EQ(splice.apply(), R"({"z":0,"a":10,"c":30})");
}

TEST(Splice, InsertsIntoAnEmptyObjectWithoutAComma) {
  for (std::string_view text : {"{}", "{ }", "{\n}"}) {
    Splice splice(text);
    splice.insert_members(text, R"("a":1)");
    EXPECT_EQ(splice.apply(), R"({"a":1)" + std::string(text.substr(1)));
  }
}

TEST(Splice, JoinsInsertionsAtOnePlace) {
  for (auto [text, expected] :
       {std::pair{"{}", R"({"a":1,"b":2})"}, {R"({"c":3})", R"({"a":1,"b":2,"c":3})"}}) {
    std::string_view source = text;
    Splice splice(source);
    splice.insert_members(source, R"("a":1)");
    splice.insert_members(source, R"("b":2)");
    EXPECT_EQ(splice.apply(), expected);
  }
}

TEST(Splice, RemovesAMemberAtEveryPosition) {
  constexpr std::string_view kText = R"({"a":1, "b":{"x":[1,2]} ,"c":"3"})";
  EXPECT_EQ(without(kText, {"a"}), R"({ "b":{"x":[1,2]} ,"c":"3"})");
  EXPECT_EQ(without(kText, {"b"}), R"({"a":1, "c":"3"})");
  EXPECT_EQ(without(kText, {"c"}), R"({"a":1, "b":{"x":[1,2]} })");
  EXPECT_EQ(without(R"({"a":1})", {"a"}), "{}");
  EXPECT_EQ(without(R"({ "a" : 1 })", {"a"}), "{  }");
}

TEST(Splice, RemovesAnySetOfMembers) {
  constexpr std::string_view kText = R"({"a":1 , "b":2,"c":3, "d":4})";
  const std::vector<std::string_view> keys = {"a", "b", "c", "d"};
  for (unsigned set = 0; set < 16; ++set) {
    std::vector<std::string_view> gone;
    for (unsigned i = 0; i < 4; ++i) {
      if (set >> i & 1) gone.push_back(keys[3 - i]);
    }
    std::string left = without(kText, gone);
    ASSERT_TRUE(validate(Bytes::copy(left))) << left;
    EXPECT_EQ(members_of(left).size(), 4 - gone.size()) << left;
    for (std::string_view key : gone) EXPECT_EQ(member_of(left, key), "") << left;
  }
}

TEST(Splice, InsertsBesideAnySetOfRemovals) {
  constexpr std::string_view kText = R"({ "a":1, "b":2 ,"c":3})";
  const std::vector<std::string_view> keys = {"a", "b", "c"};
  for (unsigned set = 0; set < 8; ++set) {
    Splice splice(kText);
    for (unsigned i = 0; i < 3; ++i) {
      if (set >> i & 1) splice.remove_member(member_of(kText, keys[i]));
    }
    splice.insert_members(kText, R"("n":0)");
    std::string left = splice.apply();
    ASSERT_TRUE(validate(Bytes::copy(left))) << left;
    EXPECT_EQ(members_of(left).size(), 4u - static_cast<unsigned>(__builtin_popcount(set))) << left;
    EXPECT_EQ(member_of(left, "n"), "0");
  }
}

TEST(Splice, RemovesMembersOfNestedObjects) {
  std::string_view text = R"({"a":{"x":1,"y":2},"b":{"x":3}})";
  Splice splice(text);
  splice.remove_member(member_of(member_of(text, "a"), "y"));
  splice.remove_member(member_of(member_of(text, "b"), "x"));
  EXPECT_EQ(splice.apply(), R"({"a":{"x":1},"b":{}})");
}

TEST(Splice, RemovesTheLastNestedMemberAndTheNextOuterOne) {
  std::string_view text = R"({"a":{"x":1},"b":2,"c":3})";
  Splice splice(text);
  splice.remove_member(member_of(member_of(text, "a"), "x"));
  splice.remove_member(member_of(text, "b"));
  EXPECT_EQ(splice.apply(), R"({"a":{},"c":3})");
}

TEST(Splice, RemovesMembersWhoseKeysHoldQuotesAndColons) {
  constexpr std::string_view kText = R"({"k":0,"a\":\\":1,"\\\\" : 2,"\"":3,":":4})";
  for (const Field& member : members_of(kText)) {
    Splice splice(kText);
    splice.remove_member(member.raw);
    std::string left = splice.apply();
    ASSERT_TRUE(validate(Bytes::copy(left))) << left;
    EXPECT_EQ(members_of(left).size(), 4u) << left;
    EXPECT_EQ(member_of(left, member.key), "") << left;
  }
}

TEST(Splice, RemovesAMemberWhoseValueHoldsCommasAndBraces) {
  EXPECT_EQ(without(R"({"a":"},\"b\":","b":1})", {"a"}), R"({"b":1})");
  EXPECT_EQ(without(R"({"b":1,"a":"},{"})", {"a"}), R"({"b":1})");
}

TEST(Splice, SharesTheLargePartsOfALargeSource) {
  std::string large(Rope::kShareFrom, 'x');
  Bytes source = Bytes::adopt("{\"a\":\"" + large + "\",\"b\":1}");
  Splice splice(source.view());
  splice.insert_members(source.view(), "\"new\":true");
  splice.replace(source.view().substr(source.size() - 2, 1), "2");
  Rope edited = splice.apply_to(source);
  EXPECT_GT(edited.parts(), 1u);
  bool shared = false;
  for (std::size_t i = 0; i < edited.parts(); ++i) {
    const char* at = edited.part(i).data();
    shared = shared || (at > source.data() && at < source.data() + source.size());
  }
  EXPECT_TRUE(shared);
  EXPECT_EQ(edited.view(), splice.apply());
  EXPECT_EQ(edited.view(), "{\"new\":true,\"a\":\"" + large + "\",\"b\":2}");
}

TEST(Splice, CopiesASmallSource) {
  Bytes source = Bytes::copy("{\"a\":1}");
  Splice splice(source.view());
  splice.insert_members(source.view(), "\"b\":2");
  EXPECT_EQ(splice.apply_to(source).parts(), 1u);
  EXPECT_EQ(splice.apply_to(source).view(), "{\"b\":2,\"a\":1}");
}

}  // namespace
}  // namespace mcp::json
