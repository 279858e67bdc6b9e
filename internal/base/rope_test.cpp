#include "internal/base/rope.h"

#include <gtest/gtest.h>

namespace mcp {
namespace {

TEST(Rope, ASmallTextIsFramedInOnePiece) {
  Rope rope = Rope::frame("<", Bytes::copy("text"), ">");
  EXPECT_EQ(rope.parts(), 1u);
  EXPECT_EQ(rope.view(), "<text>");
}

TEST(Rope, ALargeTextIsSharedNotCopied) {
  Bytes text = Bytes::adopt(std::string(Rope::kShareFrom, 'x'));
  Rope rope = Rope::frame("<", Rope::frame("[", text, "]"), ">");
  ASSERT_EQ(rope.parts(), 5u);
  EXPECT_EQ(rope.part(2).data(), text.data());
  EXPECT_EQ(rope.size(), text.size() + 4);
}

TEST(Rope, TheWholeIsThePartsJoined) {
  Rope rope({Bytes::copy("one"), Bytes::copy("two"), Bytes::copy("three")});
  EXPECT_EQ(rope.size(), 11u);
  EXPECT_EQ(rope.view(), "onetwothree");
  EXPECT_EQ(rope.parts(), 1u) << "joined once";
  EXPECT_EQ(rope.slice(rope.view().substr(3, 3)).view(), "two");
}

TEST(Rope, NoPartsAreAnEmptyText) {
  EXPECT_TRUE(Rope().empty());
  EXPECT_TRUE(Rope(std::vector<Bytes>{}).empty());
  EXPECT_EQ(Rope({Bytes::copy("a")}).view(), "a");
}

}  // namespace
}  // namespace mcp
