#include "internal/base/base64.h"

#include <gtest/gtest.h>

namespace mcp {
namespace {

// RFC 4648 §10.
TEST(Base64, KnowsTheVectorsOfTheRfc) {
  for (auto [plain, coded] : {std::pair{"", ""},
                              {"f", "Zg=="},
                              {"fo", "Zm8="},
                              {"foo", "Zm9v"},
                              {"foob", "Zm9vYg=="},
                              {"fooba", "Zm9vYmE="},
                              {"foobar", "Zm9vYmFy"}}) {
    EXPECT_EQ(base64_encode(plain), coded);
    EXPECT_EQ(base64_decode(coded).value(), plain);
  }
}

TEST(Base64, BringsEveryByteBack) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes += static_cast<char>(i);
    EXPECT_EQ(base64_decode(base64_encode(bytes)).value(), bytes);
  }
}

TEST(Base64, IsStrict) {
  for (std::string_view text : {"Zg", "Zg=", "Zg===", "====", "Z===", "Zg==\n",
                                " Zg==", "Z-8=", "Z_8=", "Zh==", "Zm9=", "=Zg=", "Zg==Zg==", "Zm=v"}) {
    auto decoded = base64_decode(text);
    ASSERT_FALSE(decoded) << text;
    EXPECT_EQ(decoded.error().code, ErrorCode::kMalformed);
  }
}

}  // namespace
}  // namespace mcp
