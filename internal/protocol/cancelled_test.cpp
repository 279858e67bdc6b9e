#include "internal/protocol/cancelled.h"

#include <gtest/gtest.h>

namespace mcp::protocol {
namespace {

std::optional<jsonrpc::Id> named_by(std::string_view method, std::string_view params) {
  return cancelled_request(jsonrpc::own_message(jsonrpc::make_notification(method, params)));
}

TEST(CancelledRequest, IsTheRequestThatTheNotificationNames) {
  EXPECT_EQ(named_by("notifications/cancelled", R"({"requestId":7})"), jsonrpc::Id::number(7));
  EXPECT_EQ(named_by("notifications/cancelled", R"({"reason":"x","requestId":"a"})"), jsonrpc::Id::text("a"));
}

TEST(CancelledRequest, IsNoneOfWhatNamesNone) {
  EXPECT_FALSE(named_by("notifications/cancelled", ""));
  EXPECT_FALSE(named_by("notifications/cancelled", R"({"requestId":null})"));
  EXPECT_FALSE(named_by("notifications/cancelled", R"({"reason":"x"})"));
  EXPECT_FALSE(named_by("notifications/progress", R"({"requestId":7})"));
}

}  // namespace
}  // namespace mcp::protocol
