#include "internal/sandbox/jail.h"

#include <gtest/gtest.h>

namespace mcp::sandbox {
namespace {

Jail full() {
  Jail jail;
  jail.root = true;
  jail.uid = 1000;
  jail.namespaces = 7;
  jail.network = Network::kPrivateLoopback;
  jail.listeners = {{0x7f000002, 443}};
  jail.hostname = "here";
  jail.view = {{.kind = Item::Kind::kTmpfs, .source = "", .target = "/tmp", .size = 5, .writable = true},
               {.kind = Item::Kind::kBind, .source = "/a", .target = "/b", .executable = true, .own = true}};
  jail.rlimits = {{1, 2, 3}};
  jail.groups = {{"/cg", {{"memory.max", "1"}}, {"memory.events"}}};
  jail.landlock = 7;
  jail.filter = std::string("\0\1\2", 3);
  jail.wall_ms = 9;
  return jail;
}

TEST(Jail, SurvivesPacking) {
  Jail back;
  ASSERT_TRUE(unpack(pack(full()), back));
  EXPECT_EQ(back, full());
}

TEST(Jail, RefusesEveryTruncationAndWhatFollows) {
  std::string packed = pack(full());
  for (std::size_t size = 0; size < packed.size(); ++size) {
    Jail back;
    EXPECT_FALSE(unpack(packed.substr(0, size), back)) << size;
  }
  Jail back;
  EXPECT_FALSE(unpack(packed + "x", back));
}

}  // namespace
}  // namespace mcp::sandbox
