#include "internal/base/bytes.h"

#include <gtest/gtest.h>

namespace mcp {
namespace {

// The padding must be readable: the sanitizers watch this sum.
int sum_with_padding(const Bytes& bytes) {
  int sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) sum += bytes.data()[i];
  volatile char last = bytes.data()[bytes.size() + Bytes::kPadding - 1];
  (void)last;
  return sum;
}

TEST(Bytes, HaveReadablePaddingHoweverTheyAreMade) {
  for (std::size_t size : {0, 1, 15, 16, 63, 64, 65, 4096}) {
    std::string text(size, 'a');
    int expected = static_cast<int>(size) * 'a';
    EXPECT_EQ(sum_with_padding(Bytes::copy(text)), expected);
    EXPECT_EQ(sum_with_padding(Bytes::adopt(text)), expected);
    EXPECT_EQ(sum_with_padding(Bytes::concat(text, "")), expected);
    Bytes whole = Bytes::copy(text);
    EXPECT_EQ(sum_with_padding(whole.slice(whole.view().substr(size))), 0);
  }
}

TEST(Bytes, AdoptsAStringWithRoomWithoutCopying) {
  std::string text;
  text.reserve(1000 + Bytes::kPadding);
  text.append(1000, 'x');
  const char* data = text.data();
  EXPECT_EQ(Bytes::adopt(std::move(text)).data(), data);
}

TEST(Bytes, SlicesKeepTheWholeAlive) {
  Bytes slice;
  {
    Bytes whole = Bytes::copy("hello world");
    slice = whole.slice(whole.view().substr(6));
  }
  EXPECT_EQ(slice.view(), "world");
}

TEST(Bytes, JoinsParts) { EXPECT_EQ(Bytes::concat("a", "b", "", "cd", "e").view(), "abcde"); }

TEST(Bytes, CompareByContent) {
  EXPECT_EQ(Bytes::copy("ab"), Bytes::concat("a", "b"));
  EXPECT_EQ(Bytes(), Bytes::copy(""));
  EXPECT_FALSE(Bytes::copy("a") == Bytes::copy("b"));
}

TEST(Bytes, SliceOfNothingIsNothing) {
  EXPECT_TRUE(Bytes().slice({}).empty());
  EXPECT_TRUE(Bytes::copy("a").slice({}).empty());
}

}  // namespace
}  // namespace mcp
