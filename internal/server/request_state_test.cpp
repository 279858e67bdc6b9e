#include "internal/server/request_state.h"

#include <gtest/gtest.h>

#include "internal/base/base64.h"

namespace mcp::server {
namespace {

class Clock final : public Env {
 public:
  Result<std::string> read_file(const std::string&, std::size_t) override { return std::string(); }
  Result<void> write_file(const std::string&, std::string_view, int) override { return {}; }
  bool exists(const std::string&) override { return false; }
  Result<void> make_directories(const std::string&, int) override { return {}; }
  std::string current_directory() override { return {}; }
  std::optional<std::string> variable(const std::string&) override { return {}; }
  std::map<std::string, std::string> variables() override { return {}; }
  std::int64_t wall_clock_ms() override { return now; }
  std::string random_bytes(std::size_t count) override { return std::string(count, 'r'); }

  std::int64_t now = 1'000'000;
};

TEST(StateSeal, OpensWhatItSealed) {
  Clock clock;
  StateSeal seal(clock, "key", 1000);
  for (std::string state :
       {std::string(), std::string("x"), std::string("{\"round\":1}"), std::string(5000, '\0')}) {
    EXPECT_EQ(seal.open(seal.seal(state, "b"), "b").value(), state);
  }
}

TEST(StateSeal, RefusesEveryChangedByte) {
  Clock clock;
  StateSeal seal(clock, "key", 1000);
  std::string bytes = base64_decode(seal.seal("state", "b")).value();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(seal.open(base64_encode(changed), "b")) << i;
  }
}

TEST(StateSeal, RefusesAnotherBindingAnotherKeyAndNonsense) {
  Clock clock;
  StateSeal seal(clock, "key", 1000);
  StateSeal other(clock, "other", 1000);
  std::string sealed = seal.seal("state", "b");
  EXPECT_EQ(seal.open(sealed, "c").error().code, ErrorCode::kDenied);
  EXPECT_EQ(other.open(sealed, "b").error().code, ErrorCode::kDenied);
  EXPECT_EQ(seal.open("", "b").error().code, ErrorCode::kDenied);
  EXPECT_EQ(seal.open("not base64!", "b").error().code, ErrorCode::kDenied);
}

TEST(StateSeal, KeepsBindingAndStateApart) {
  Clock clock;
  StateSeal seal(clock, "key", 1000);
  std::string bytes = base64_decode(seal.seal("cd", "ab")).value();
  EXPECT_FALSE(seal.open(base64_encode(bytes.substr(0, 40) + "d"), "abc"));
}

TEST(StateSeal, ExpiresAfterItsTime) {
  Clock clock;
  StateSeal seal(clock, "key", 1000);
  std::string sealed = seal.seal("state", "b");
  clock.now += 1000;
  EXPECT_TRUE(seal.open(sealed, "b"));
  clock.now += 1;
  EXPECT_EQ(seal.open(sealed, "b").error().code, ErrorCode::kTimeout);
}

}  // namespace
}  // namespace mcp::server
