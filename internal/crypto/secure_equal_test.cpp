#include "internal/crypto/secure_equal.h"

#include <gtest/gtest.h>

namespace mcp::crypto {
namespace {

TEST(SecureEqual, ComparesLikeEquality) {
  EXPECT_TRUE(secure_equal("", ""));
  EXPECT_TRUE(secure_equal("token", "token"));
  EXPECT_FALSE(secure_equal("token", "tokem"));
  EXPECT_FALSE(secure_equal("Token", "token"));
  EXPECT_FALSE(secure_equal("", "token"));
  EXPECT_FALSE(secure_equal("token", ""));
  EXPECT_FALSE(secure_equal("toke", "token"));
  EXPECT_FALSE(secure_equal(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

}  // namespace
}  // namespace mcp::crypto
