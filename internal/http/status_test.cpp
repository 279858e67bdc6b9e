#include "internal/http/status.h"

#include <gtest/gtest.h>

#include "internal/http/message.h"

namespace mcp::http {
namespace {

TEST(HttpStatus, CoversEveryErrorWithANamedStatus) {
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
    int status = http_status(static_cast<ErrorCode>(code));
    EXPECT_GE(status, 400);
    EXPECT_NE(reason(status), "Unknown") << status;
  }
  EXPECT_EQ(http_status(ErrorCode::kUnauthenticated), 401);
  EXPECT_EQ(http_status(ErrorCode::kDenied), 403);
  EXPECT_EQ(http_status(ErrorCode::kNotFound), 404);
}

TEST(Headers, CompareWithoutCaseAndKeepTheirOrder) {
  Headers headers{{"A", "1"}, {"b", "2"}, {"a", "3"}};
  EXPECT_EQ(headers.get("a"), "1");
  EXPECT_EQ(headers.count("A"), 2u);
  EXPECT_FALSE(headers.has("c"));
  headers.set("a", "4");
  EXPECT_EQ(headers.count("A"), 1u);
  EXPECT_EQ(headers.begin()->second, "4");
  headers.set("C", "5");
  EXPECT_EQ(headers.size(), 3u);
}

}  // namespace
}  // namespace mcp::http
