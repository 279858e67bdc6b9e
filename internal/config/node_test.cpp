#include "internal/config/node.h"

#include <gtest/gtest.h>

namespace mcp::config {
namespace {

TEST(ReadToml, KeepsTheOrderOfTheFile) {
  auto root = read_toml("/x/mcp.toml", "[servers.zebra]\ncommand = \"z\"\n[servers.ant]\ncommand = \"a\"\n");
  ASSERT_TRUE(root);
  const auto& servers = root->find("servers")->value.members;
  ASSERT_EQ(servers.size(), 2u);
  EXPECT_EQ(servers[0].name, "zebra");
  EXPECT_EQ(servers[1].name, "ant");
}

TEST(ReadToml, KnowsWhereKeysAndValuesStand) {
  auto root = read_toml("/x/mcp.toml", "[serve]\n\n  listen = 7\n");
  ASSERT_TRUE(root);
  const auto* listen = root->find("serve")->value.find("listen");
  EXPECT_EQ(listen->at, (Position{3, 3}));
  EXPECT_EQ(listen->value.at, (Position{3, 12}));
}

TEST(ReadToml, SaysLineAndColumnOfASyntaxError) {
  auto root = read_toml("/x/mcp.toml", "[serve]\nlisten = \"a\nb = 1\n");
  ASSERT_FALSE(root);
  EXPECT_EQ(root.error().code, ErrorCode::kConfig);
  EXPECT_TRUE(root.error().message.starts_with("/x/mcp.toml:2:")) << root.error().message;
}

TEST(ReadToml, RefusesAKeyThatAppearsTwice) {
  auto root = read_toml("/x/mcp.toml", "[serve]\nlisten = \"a\"\nlisten = \"b\"\n");
  ASSERT_FALSE(root);
  EXPECT_TRUE(root.error().message.starts_with("/x/mcp.toml:3:")) << root.error().message;
}

TEST(ReadJson, ToleratesCommentsAndTrailingCommas) {
  auto root =
      read_json("/x/mcp.json", "// one\n{ /* two */ \"a\": [1, 2,], \"b\": \"// no comment, ]\", }\n");
  ASSERT_TRUE(root) << root.error().message;
  EXPECT_EQ(root->find("a")->value.items.size(), 2u);
  EXPECT_EQ(root->find("b")->value.text, "// no comment, ]");
}

TEST(ReadJson, KnowsWhereKeysAndValuesStand) {
  auto root = read_json("/x/mcp.json", "{\n  \"a\": 1,\n  \"b\":\n    {\"c\": true}, \"d\": [\n\"x\"]}");
  ASSERT_TRUE(root) << root.error().message;
  EXPECT_EQ(root->find("a")->at, (Position{2, 3}));
  EXPECT_EQ(root->find("a")->value.at, (Position{2, 8}));
  EXPECT_EQ(root->find("b")->at, (Position{3, 3}));
  const auto& inner = root->find("b")->value;
  EXPECT_EQ(inner.at, (Position{4, 5}));
  EXPECT_EQ(inner.find("c")->at, (Position{4, 6}));
  EXPECT_EQ(inner.find("c")->value.at, (Position{4, 11}));
  EXPECT_EQ(root->find("d")->at, (Position{4, 18}));
  EXPECT_EQ(root->find("d")->value.items[0].at, (Position{5, 1}));
}

TEST(ReadJson, UnderstandsAByteOrderMark) { EXPECT_TRUE(read_json("/x/mcp.json", "\xef\xbb\xbf{}")); }

TEST(ReadJson, RefusesAKeyThatAppearsTwice) {
  auto root = read_json("/x/mcp.json", "{\"a\": 1,\n \"a\": 2}");
  ASSERT_FALSE(root);
  EXPECT_EQ(root.error().message, "/x/mcp.json:2:2: key \"a\" appears twice");
}

TEST(ReadJson, SaysTheLineOfASyntaxError) {
  for (const char* text : {"{\n \"a\": }", "{\n \"a\" 1}", "{\n \"a\": \"x", "{\n \"a\": 01}",
                           "{\n \"a\": /* open", "{\n \"a\": 1} x"}) {
    auto root = read_json("/x/mcp.json", text);
    ASSERT_FALSE(root) << text;
    EXPECT_TRUE(root.error().message.starts_with("/x/mcp.json:2:")) << root.error().message;
  }
  EXPECT_FALSE(read_json("/x/mcp.json", ""));
  EXPECT_FALSE(read_json("/x/mcp.json", "/"));
  EXPECT_FALSE(read_json("/x/mcp.json", "\"\\"));
}

TEST(ReadJson, RefusesNestingOneLevelOverTheLimit) {
  auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(read_json("/x/mcp.json", nested(32)));
  auto root = read_json("/x/mcp.json", nested(33));
  ASSERT_FALSE(root);
  EXPECT_EQ(root.error().message, "/x/mcp.json:1:33: nested deeper than 32 levels");
}

}  // namespace
}  // namespace mcp::config
