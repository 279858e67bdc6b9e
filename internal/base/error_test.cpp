#include "internal/base/error.h"

#include <cerrno>

#include <gtest/gtest.h>

namespace mcp {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return fail(ErrorCode::kInvalid, "odd", "give an even one");
  return number / 2;
}

Result<int> quarter(int number) {
  MCP_ASSIGN(int once, half(number));
  MCP_ASSIGN(int twice, half(once));
  return twice;
}

TEST(Result, PassesErrorsUpward) {
  EXPECT_EQ(quarter(8).value(), 2);
  EXPECT_EQ(quarter(6).error().message, "odd");
}

TEST(Error, WrapPutsContextInFrontAndKeepsTheRest) {
  Error error = half(1).error().wrap("counting");
  EXPECT_EQ(error, (Error{ErrorCode::kInvalid, "counting: odd", "give an even one"}));
}

TEST(OsError, NamesTheReason) {
  EXPECT_EQ(os_error("open /x", ENOENT).message, "open /x: No such file or directory");
  EXPECT_EQ(os_error("open /x", ENOENT).code, ErrorCode::kIo);
}

}  // namespace
}  // namespace mcp
