#include "internal/gateway/reload_plan.h"

#include <gmock/gmock.h>

namespace mcp::gateway {
namespace {

using config::ServerEntry;
using testing::ElementsAre;
using testing::IsEmpty;

ServerEntry server(const std::string& name, const std::string& command = "run") {
  ServerEntry entry;
  entry.name = name;
  entry.command = command;
  return entry;
}

TEST(ReloadPlan, TheSameConfigurationKeepsEverything) {
  auto plan = plan_reload({server("a"), server("b")}, {server("a"), server("b")});
  EXPECT_THAT(plan.kept, ElementsAre("a", "b"));
  EXPECT_TRUE(plan.restarts_nothing());
  EXPECT_FALSE(plan.reordered);
}

TEST(ReloadPlan, EachServerIsKeptChangedAddedOrRemoved) {
  auto plan =
      plan_reload({server("a"), server("b"), server("c")}, {server("a"), server("b", "other"), server("d")});
  EXPECT_THAT(plan.kept, ElementsAre("a"));
  EXPECT_THAT(plan.changed, ElementsAre("b"));
  EXPECT_THAT(plan.added, ElementsAre("d"));
  EXPECT_THAT(plan.removed, ElementsAre("c"));
  EXPECT_FALSE(plan.reordered);
  EXPECT_TRUE(plan.keeps("a"));
  EXPECT_FALSE(plan.keeps("b"));
}

TEST(ReloadPlan, AnotherOrderRestartsNothingAndIsSeen) {
  auto plan = plan_reload({server("a"), server("b")}, {server("b"), server("a")});
  EXPECT_TRUE(plan.restarts_nothing());
  EXPECT_TRUE(plan.reordered);
}

TEST(ReloadPlan, AServerAddedInFrontIsNoOtherOrder) {
  auto plan = plan_reload({server("a"), server("b")}, {server("new"), server("a"), server("b")});
  EXPECT_THAT(plan.added, ElementsAre("new"));
  EXPECT_FALSE(plan.reordered);
}

TEST(ReloadPlan, ARenamedServerIsOneRemovedAndOneAdded) {
  auto plan = plan_reload({server("a")}, {server("b")});
  EXPECT_THAT(plan.added, ElementsAre("b"));
  EXPECT_THAT(plan.removed, ElementsAre("a"));
  EXPECT_THAT(plan.kept, IsEmpty());
}

TEST(ReloadPlan, WhatAServerCannotNoticeDoesNotRestartIt) {
  ServerEntry moved = server("a");
  moved.origin = "/etc/mcp/mcp.toml:12";
  moved.required = true;
  moved.call_timeout = std::chrono::seconds(5);
  EXPECT_TRUE(plan_reload({server("a")}, {moved}).restarts_nothing());
}

TEST(ReloadPlan, EverythingElseDoes) {
  std::vector<void (*)(ServerEntry&)> edits = {
      [](ServerEntry& e) { e.args = {"x"}; },
      [](ServerEntry& e) {
        e.env = {{"A", "b"}};
      },
      [](ServerEntry& e) { e.env_file = "/x"; },
      [](ServerEntry& e) { e.directory = "/x"; },
      [](ServerEntry& e) { e.kind = ServerEntry::Kind::kUrl; },
      [](ServerEntry& e) { e.url = "http://x/"; },
      [](ServerEntry& e) {
        e.headers = {{"A", "b"}};
      },
      [](ServerEntry& e) { e.builtin = "echo"; },
      [](ServerEntry& e) { e.isolation = ServerEntry::Isolation::kShared; },
      [](ServerEntry& e) { e.prefix = ""; },
      [](ServerEntry& e) { e.era = "legacy"; },
      [](ServerEntry& e) { e.allow_tools = {"x"}; },
      [](ServerEntry& e) { e.deny_tools = {"x"}; },
      [](ServerEntry& e) { e.start_timeout = std::chrono::seconds(1); },
      [](ServerEntry& e) { e.secrets = "another digest"; },
  };
  for (std::size_t i = 0; i < edits.size(); ++i) {
    ServerEntry edited = server("a");
    edits[i](edited);
    EXPECT_THAT(plan_reload({server("a")}, {edited}).changed, ElementsAre("a")) << i;
  }
}

}  // namespace
}  // namespace mcp::gateway
