#include "internal/transport/shares.h"

#include <gtest/gtest.h>

namespace mcp::transport {
namespace {

TEST(Shares, AClientTakesItsShareAndNotOneMore) {
  Shares shares;
  auto* first = shares.take("alice", 2);
  ASSERT_NE(first, nullptr);
  ASSERT_NE(shares.take("alice", 2), nullptr);
  EXPECT_EQ(shares.take("alice", 2), nullptr);
  EXPECT_NE(shares.take("bob", 2), nullptr);
  EXPECT_EQ(shares.taken(), 3u);
  shares.give_back(first);
  EXPECT_NE(shares.take("alice", 2), nullptr) << "room again";
}

TEST(Shares, AClientWithoutPlacesIsForgotten) {
  Shares shares;
  shares.give_back(shares.take("alice", 1));
  EXPECT_EQ(shares.take("bob", 0), nullptr);
  EXPECT_EQ(shares.clients(), 0u);
  EXPECT_EQ(shares.taken(), 0u);
}

}  // namespace
}  // namespace mcp::transport
