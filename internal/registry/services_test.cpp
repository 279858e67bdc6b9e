#include "internal/registry/services.h"

#include "internal/registry/events.h"
#include "internal/registry/registry_testing.h"

namespace mcp::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Services : public testing::RegistryTest {};

TEST_F(Services, AreCreatedAndFound) {
  ASSERT_TRUE(create_service(db_, "metacrypt", "rift", true, 100));
  EXPECT_EQ(get_service(db_, "metacrypt").value(), (ServiceRecord{"metacrypt", "rift", true, 100, 100}));
  EXPECT_EQ(get_service(db_, "other").value(), std::nullopt);
  auto twice = create_service(db_, "metacrypt", "rift", false, 200);
  EXPECT_EQ(twice.error().code, ErrorCode::kExists);
  EXPECT_EQ(twice.error().message, "service \"metacrypt\" is there already");
}

TEST_F(Services, AreListedByName) {
  EXPECT_THAT(list_services(db_).value(), IsEmpty());
  for (const char* name : {"b", "c", "a"}) ASSERT_TRUE(create_service(db_, name, "n", true, 1));
  std::vector<std::string> names;
  const auto found = list_services(db_).value();
  for (const auto& record : found) names.push_back(record.name);
  EXPECT_THAT(names, ElementsAre("a", "b", "c"));
}

TEST_F(Services, AreUpdated) {
  ASSERT_TRUE(create_service(db_, "metacrypt", "rift", true, 100));
  ASSERT_TRUE(update_service(db_, "metacrypt", "orion", false, 200));
  EXPECT_EQ(get_service(db_, "metacrypt").value(), (ServiceRecord{"metacrypt", "orion", false, 100, 200}));
  EXPECT_EQ(update_service(db_, "other", "rift", true, 1).error().code, ErrorCode::kNotFound);
}

TEST_F(Services, TakeTheirComponentsWithThemAndLeaveTheirEvents) {
  add("metacrypt", {"api", "web"});
  add("other", {"api"});
  ASSERT_TRUE(insert_event(db_, {.service = "metacrypt", .component = "api", .timestamp_ms = 1}));
  ASSERT_TRUE(delete_service(db_, "metacrypt"));
  EXPECT_EQ(get_service(db_, "metacrypt").value(), std::nullopt);
  EXPECT_THAT(list_components(db_, "metacrypt").value(), IsEmpty());
  for (const char* table : {"component_ports", "component_volumes", "component_cmd", "component_env"}) {
    EXPECT_EQ(number("SELECT count(*) FROM " + std::string(table) + " WHERE service = 'metacrypt'"), 0)
        << table;
    EXPECT_GT(number("SELECT count(*) FROM " + std::string(table) + " WHERE service = 'other'"), 0) << table;
  }
  EXPECT_EQ(list_components(db_, "other")->size(), 1u);
  EXPECT_EQ(query_events(db_, {})->size(), 1u);
  EXPECT_EQ(delete_service(db_, "metacrypt").error().code, ErrorCode::kNotFound);
}

TEST_F(Services, ComeBackAsTheSpecThatWasWanted) {
  service::ServiceSpec spec{"metacrypt", "rift", false, {component("web"), component("api"), bare("job")}};
  ASSERT_TRUE(create_service(db_, spec.name, spec.node, spec.active, 1));
  for (const auto& each : spec.components)
    ASSERT_TRUE(create_component(db_, spec.name, each, DesiredState::kStopped, 1));
  EXPECT_EQ(get_spec(db_, "metacrypt").value(), spec);
  EXPECT_EQ(get_spec(db_, "other").value(), std::nullopt);
}

}  // namespace
}  // namespace mcp::registry
