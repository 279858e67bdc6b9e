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

}  // namespace
}  // namespace mcp::http
