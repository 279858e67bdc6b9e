#include "internal/sandbox/profile.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "internal/crypto/hash.h"
#include "internal/sandbox/seccomp.h"

namespace mcp::sandbox {
namespace {

TEST(Profile, ReadsEveryFormOfARule) {
  auto profile = parse_profile("x",
                               "# comment\n\nallow read write  # both\nallow clone if 0 & 0x7e020000 0\n"
                               "allow socket if 0 2 and 1 & 0xf 1\nrefuse ENOSYS clone3\nkill ptrace bpf\n");
  ASSERT_TRUE(profile) << profile.error().message;
  ASSERT_EQ(profile->rules.size(), 7u);
  EXPECT_EQ(profile->rules[1].call, "write");
  ASSERT_EQ(profile->rules[2].conditions.size(), 1u);
  EXPECT_EQ(profile->rules[2].conditions[0].mask, 0x7e020000u);
  ASSERT_EQ(profile->rules[3].conditions.size(), 2u);
  EXPECT_EQ(profile->rules[3].conditions[0].mask, 0xffffffffu);
  EXPECT_EQ(profile->rules[3].conditions[0].value, 2u);
  EXPECT_EQ(profile->rules[3].conditions[1].argument, 1u);
  EXPECT_EQ(profile->rules[4].error, ENOSYS);
  EXPECT_EQ(profile->rules[6].action, Rule::Action::kKill);
}

TEST(Profile, NamesTheLineThatIsNoRule) {
  for (const char* bad :
       {"permit read", "allow", "allow Read", "refuse EIO read", "refuse", "kill", "allow read if",
        "allow read if 6 0", "allow read if 0", "allow read if 0 x", "allow read if 0 & 1",
        "allow read if 0 1 or 1 1", "allow read if 0 1 and", "allow read unless", "allow read unless 1",
        "allow read unless 6 1", "kill read unless 1 1", "allow read unless 1 x",
        "allow read unless 1 1 2 3 4 5 6 7 8 9"}) {
    auto profile = parse_profile("x", "allow write\n" + std::string(bad) + "\n");
    ASSERT_FALSE(profile) << bad;
    EXPECT_EQ(profile.error().message, "profile x, line 2 is no rule: " + std::string(bad));
  }
}

TEST(Profile, AllowsAllButTheExceptions) {
  auto profile = parse_profile("x", "allow ioctl unless 1 0x5412 0x541c\n").value();
  auto allowed = [&profile](std::uint64_t value) {
    return std::any_of(profile.rules.begin(), profile.rules.end(), [value](const Rule& rule) {
      return (value & rule.conditions[0].mask) == rule.conditions[0].value;
    });
  };
  for (std::uint64_t value : {0x5412ULL, 0x541cULL, 0x100005412ULL, 0xf00000000000541cULL})
    EXPECT_FALSE(allowed(value)) << value;
  for (std::uint64_t value = 0; value < 0x20000; ++value) {
    bool exception = value == 0x5412 || value == 0x541c;
    ASSERT_EQ(allowed(value), !exception) << value;
  }
  for (std::uint64_t value : {0x80005412ULL, 0xffffffffULL, 0x1541cULL}) EXPECT_TRUE(allowed(value)) << value;
}

TEST(Profile, IsTheFileOfTheTreeByteForByte) {
  for (const char* name : {"runtime", "compat"}) {
    std::ifstream file(std::string("internal/sandbox/profiles/") + name + ".profile");
    std::stringstream text;
    text << file.rdbuf();
    ASSERT_FALSE(text.str().empty());
    EXPECT_EQ(text.str(), profile_text(name));
    EXPECT_EQ(load_profile(name)->hash, crypto::sha256_hex(text.str()));
  }
  EXPECT_EQ(load_profile("other").error().code, ErrorCode::kNotFound);
}

TEST(Profile, CompilesToInstructions) {
  for (const char* name : {"runtime", "compat"}) {
    auto filter = compile_filter(load_profile(name).value());
    ASSERT_TRUE(filter) << filter.error().message;
    EXPECT_GT(filter->size(), 1000u);
    EXPECT_EQ(filter->size() % 8, 0u);
    // The kernel's own limit (BPF_MAXINSNS).
    EXPECT_LE(filter->size() / 8, 4096u);
  }
}

}  // namespace
}  // namespace mcp::sandbox
