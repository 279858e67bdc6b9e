#include "internal/sandbox/policy.h"

#include <gtest/gtest.h>

namespace mcp::sandbox {
namespace {

Policy runtime() {
  Policy policy;
  policy.profile = "runtime";
  return policy;
}

std::string problem(const Policy& policy) {
  auto right = validate(policy);
  return right ? "" : right.error().message;
}

TEST(Policy, AcceptsTheThreeProfilesAndNoOther) {
  for (const char* name : {"none", "runtime", "compat"}) {
    Policy policy;
    policy.profile = name;
    EXPECT_EQ(problem(policy), "") << name;
  }
  Policy policy;
  policy.profile = "strict";
  EXPECT_EQ(problem(policy), "profile: \"strict\" is no profile");
}

TEST(Policy, RefusesPathsThatUndoTheSandbox) {
  for (const char* path : {"/", "//", "/proc", "/proc/1", "/sys", "/dev/", "/dev/sda", "/tmp", "/etc/"}) {
    Policy policy = runtime();
    policy.read = {path};
    EXPECT_NE(problem(policy), "") << path;
    policy.read = {};
    policy.write = {path};
    EXPECT_NE(problem(policy), "") << path;
  }
  for (const char* path : {"x", "", "./x", "/a/../b", "/a/."}) {
    Policy policy = runtime();
    policy.write = {path};
    EXPECT_NE(problem(policy), "") << path;
  }
}

TEST(Policy, AcceptsPathsBelowThem) {
  Policy policy = runtime();
  policy.read = {"/etc/nginx", "/home/me", "/opt/tool/"};
  policy.write = {"/tmp/work"};
  EXPECT_EQ(problem(policy), "");
}

TEST(Policy, AcceptsAsManyPathsAsTheLimitAndNotOneMore) {
  Policy policy = runtime();
  for (std::size_t i = 0; i < kMaxPaths; ++i) policy.read.push_back("/data/" + std::to_string(i));
  EXPECT_EQ(problem(policy), "");
  policy.write.push_back("/more");
  EXPECT_NE(problem(policy), "");
}

TEST(Policy, HoldsEveryLimitAtItsBounds) {
  struct Case {
    std::uint64_t Limits::*limit;
    std::uint64_t min, max;
  };
  for (const Case& one :
       {Case{&Limits::memory, kMinMemory, UINT64_MAX / 2}, Case{&Limits::cpu_percent, 1, kMaxCpuPercent},
        Case{&Limits::pids, 1, kMaxPids}, Case{&Limits::files, kMinFiles, kMaxFiles},
        Case{&Limits::output, kMinOutput, kMaxOutput}}) {
    Policy policy = runtime();
    for (std::uint64_t good : {std::uint64_t{0}, one.min, one.max}) {
      policy.limits.*one.limit = good;
      EXPECT_EQ(problem(policy), "") << good;
    }
    policy.limits.*one.limit = one.max + 1;
    EXPECT_NE(problem(policy), "");
    if (one.min > 1) {
      policy.limits.*one.limit = one.min - 1;
      EXPECT_NE(problem(policy), "");
    }
  }
}

TEST(Policy, KnowsTheProtectionsThatMayBeRequired) {
  Policy policy = runtime();
  policy.require = {"landlock", "seccomp", "namespaces", "memory", "cpu", "pids", "proc"};
  EXPECT_EQ(problem(policy), "");
  policy.require = {"selinux"};
  EXPECT_EQ(problem(policy), "require: \"selinux\" is no protection");
}

}  // namespace
}  // namespace mcp::sandbox
