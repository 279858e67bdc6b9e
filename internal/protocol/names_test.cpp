#include "internal/protocol/names.h"

#include <gtest/gtest.h>

#include "internal/base/strings.h"

namespace mcp::protocol {
namespace {

TEST(ServerName, IsShortLowerCaseDigitsAndHyphens) {
  for (std::string_view name : {"a", "files", "my-server-2", "abcdefghijklmnopqrstuvwx"})
    EXPECT_TRUE(is_server_name(name));
  for (std::string_view name : {"", "Files", "a_b", "a.b", "a b", "é", "abcdefghijklmnopqrstuvwxy"}) {
    EXPECT_FALSE(is_server_name(name)) << name;
  }
}

TEST(JoinName, PutsThePrefixInFront) {
  EXPECT_EQ(join_name("files__", "read"), "files__read");
  EXPECT_EQ(join_name("", "read"), "read");
}

TEST(JoinName, KeepsSixtyFourCharactersAndShortensSixtyFive) {
  std::string name(57, 'x');
  EXPECT_EQ(join_name("files__", name), "files__" + name);
  std::string joined = join_name("files__", name + "x");
  EXPECT_EQ(joined.size(), 64u);
  EXPECT_TRUE(joined.starts_with("files__xxxx"));
  EXPECT_EQ(joined[55], '_');
  EXPECT_EQ(joined.substr(56).find_first_not_of("0123456789abcdef"), std::string::npos);
}

TEST(JoinName, GivesTheSameNameInEveryRun) {
  // Clients keep these names: the hash must never change.
  EXPECT_EQ(join_name("s__", std::string(80, 'a')), "s__" + std::string(52, 'a') + "_9036728d");
}

TEST(JoinName, TellsLongNamesApart) {
  std::string name(80, 'a');
  EXPECT_NE(join_name("s__", name + "1"), join_name("s__", name + "2"));
  EXPECT_NE(join_name("s__", name + "1"), join_name("t__", name + "1"));
}

TEST(JoinName, NeverCutsACharacterInHalf) {
  for (int shift = 0; shift < 4; ++shift) {
    std::string name(shift, 'a');
    for (int i = 0; i < 30; ++i) name += "世";
    std::string joined = join_name("", name);
    EXPECT_LE(joined.size(), 64u);
    EXPECT_TRUE(is_valid_utf8(joined));
  }
}

}  // namespace
}  // namespace mcp::protocol
