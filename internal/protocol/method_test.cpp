#include "internal/protocol/method.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mcp::protocol {
namespace {

using enum Revision;

bool in(std::string_view name, Revision revision) {
  const Method* method = find_method(name);
  return method != nullptr && exists_in(*method, revision);
}

TEST(FindMethod, KnowsNothingThatNoRevisionHas) {
  for (std::string_view name : {"", "tools/List", "tools", "initialized", "notifications/unknown"}) {
    EXPECT_EQ(find_method(name), nullptr) << name;
  }
}

TEST(Method, RemovedByTheModernRevision) {
  for (std::string_view name :
       {"initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe",
        "notifications/initialized", "notifications/roots/list_changed"}) {
    for (Revision revision : {k2024_11_05, k2025_03_26, k2025_06_18, k2025_11_25}) {
      EXPECT_TRUE(in(name, revision)) << name;
    }
    EXPECT_FALSE(in(name, k2026_07_28)) << name;
  }
}

TEST(Method, NewInTheModernRevision) {
  for (std::string_view name :
       {"server/discover", "subscriptions/listen", "notifications/subscriptions/acknowledged", "tasks/update",
        "notifications/tasks"}) {
    EXPECT_FALSE(in(name, k2025_11_25)) << name;
    EXPECT_TRUE(in(name, k2026_07_28)) << name;
  }
}

TEST(Method, InEveryRevision) {
  for (std::string_view name :
       {"tools/list", "tools/call", "resources/list", "resources/templates/list", "resources/read",
        "prompts/list", "prompts/get", "completion/complete", "roots/list", "sampling/createMessage",
        "notifications/cancelled", "notifications/progress", "notifications/message",
        "notifications/tools/list_changed", "notifications/prompts/list_changed",
        "notifications/resources/list_changed", "notifications/resources/updated"}) {
    EXPECT_TRUE(in(name, k2024_11_05)) << name;
    EXPECT_TRUE(in(name, k2026_07_28)) << name;
  }
}

TEST(Method, OfSomeRevisionsOnly) {
  EXPECT_FALSE(in("elicitation/create", k2025_03_26));
  EXPECT_TRUE(in("elicitation/create", k2025_06_18));
  for (std::string_view name :
       {"tasks/list", "tasks/result", "notifications/tasks/status", "notifications/elicitation/complete"}) {
    EXPECT_FALSE(in(name, k2025_06_18)) << name;
    EXPECT_TRUE(in(name, k2025_11_25)) << name;
    EXPECT_FALSE(in(name, k2026_07_28)) << name;
  }
  EXPECT_TRUE(in("tasks/get", k2025_11_25));
  EXPECT_TRUE(in("tasks/get", k2026_07_28));
}

TEST(Method, QuestionsAndEventsGoToTheClient) {
  for (std::string_view name :
       {"roots/list", "sampling/createMessage", "elicitation/create", "notifications/message"}) {
    EXPECT_EQ(find_method(name)->direction, Direction::kToClient) << name;
  }
  EXPECT_EQ(find_method("tools/call")->direction, Direction::kToServer);
}

// SEP-2243: Mcp-Name.
TEST(Method, NamesWhatMcpNameMirrors) {
  EXPECT_EQ(find_method("tools/call")->header_param, "name");
  EXPECT_EQ(find_method("prompts/get")->header_param, "name");
  EXPECT_EQ(find_method("resources/read")->header_param, "uri");
  for (std::string_view name : {"tasks/get", "tasks/update", "tasks/cancel"}) {
    EXPECT_EQ(find_method(name)->header_param, "taskId") << name;
  }
  EXPECT_EQ(find_method("tools/list")->header_param, "");
}

// SEP-2549, SEP-2322 and pagination.
TEST(Method, KnowsCacheableMrtrAndPaginatedOnes) {
  for (std::string_view name : {"server/discover", "tools/list", "prompts/list", "resources/list",
                                "resources/templates/list", "resources/read"}) {
    EXPECT_TRUE(find_method(name)->cacheable) << name;
  }
  for (std::string_view name : {"tools/call", "resources/read", "prompts/get"}) {
    EXPECT_TRUE(find_method(name)->mrtr) << name;
  }
  EXPECT_FALSE(find_method("tools/call")->cacheable);
  EXPECT_FALSE(find_method("completion/complete")->mrtr);
  EXPECT_EQ(find_method("resources/templates/list")->list_member, "resourceTemplates");
  EXPECT_EQ(find_method("tools/list")->list_member, "tools");
  EXPECT_EQ(find_method("roots/list")->list_member, "");
}

}  // namespace
}  // namespace mcp::protocol
