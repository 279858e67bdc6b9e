#include "internal/registry/components.h"

#include "internal/registry/registry_testing.h"

namespace mcp::registry {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> names(const Result<std::vector<ComponentRecord>>& records) {
  std::vector<std::string> out;
  for (const auto& record : records.value()) out.push_back(record.service + "/" + record.spec.name);
  return out;
}

class Components : public testing::RegistryTest {};

TEST_F(Components, AreKeptWhole) {
  ASSERT_TRUE(create_service(db_, "s", "n", true, 1));
  ASSERT_TRUE(create_component(db_, "s", component("api"), DesiredState::kStopped, 100));
  ASSERT_TRUE(create_component(db_, "s", bare("job"), DesiredState::kRunning, 100));
  auto api = get_component(db_, "s", "api").value();
  ASSERT_TRUE(api);
  EXPECT_EQ(api->spec, component("api"));
  EXPECT_EQ(api->desired, DesiredState::kStopped);
  EXPECT_EQ(api->observed, ObservedState::kUnknown);
  EXPECT_EQ(api->version, "v1.2.0");
  EXPECT_EQ(api->created_ms, 100);
  EXPECT_EQ(api->observed_ms, 0);
  auto job = get_component(db_, "s", "job").value();
  EXPECT_EQ(job->spec, bare("job"));
  EXPECT_EQ(job->version, "");
  EXPECT_EQ(get_component(db_, "s", "none").value(), std::nullopt);
}

TEST_F(Components, AreOneOfTheirNameInAService) {
  add("a", {"api"});
  add("b", {"api"});
  auto twice = create_component(db_, "a", component("api"), DesiredState::kRunning, 1);
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, ErrorCode::kExists);
  EXPECT_EQ(twice.error().message, "component \"api\" of service \"a\" is there already");
  EXPECT_EQ(get_component(db_, "a", "api").value()->spec, component("api")) << "the first is not harmed";
}

TEST_F(Components, NeedTheirService) {
  auto orphan = create_component(db_, "none", component("api"), DesiredState::kRunning, 1);
  ASSERT_FALSE(orphan);
  EXPECT_EQ(orphan.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(orphan.error().message, "no service \"none\"");
}

TEST_F(Components, AreListedInTheirOrder) {
  add("b", {"z", "a", "m"});
  add("a", {"only"});
  EXPECT_THAT(names(list_components(db_, "b")), ElementsAre("b/z", "b/a", "b/m"));
  EXPECT_THAT(names(list_all_components(db_)), ElementsAre("a/only", "b/z", "b/a", "b/m"));
  ASSERT_TRUE(set_position(db_, "b", "m", 0));
  ASSERT_TRUE(set_position(db_, "b", "z", 2));
  EXPECT_THAT(names(list_components(db_, "b")), ElementsAre("b/m", "b/a", "b/z"));
}

TEST_F(Components, AreFilteredByWhatIsDesired) {
  add("a", {"one", "two", "three"});
  ASSERT_TRUE(set_desired(db_, "a", "two", DesiredState::kStopped, 5));
  ASSERT_TRUE(set_desired(db_, "a", "three", DesiredState::kIgnore, 5));
  EXPECT_THAT(names(list_all_components(db_, DesiredState::kRunning)), ElementsAre("a/one"));
  EXPECT_THAT(names(list_all_components(db_, DesiredState::kStopped)), ElementsAre("a/two"));
  EXPECT_THAT(names(list_all_components(db_, DesiredState::kIgnore)), ElementsAre("a/three"));
}

TEST_F(Components, RememberWhatIsDesiredAndWhatWasSeen) {
  add("a", {"api"});
  ASSERT_TRUE(set_desired(db_, "a", "api", DesiredState::kStopped, 50));
  ASSERT_TRUE(set_observed(db_, "a", "api", {ObservedState::kRunning, "sha256:1", 40}, 60));
  auto seen = get_component(db_, "a", "api").value();
  EXPECT_EQ(seen->desired, DesiredState::kStopped);
  EXPECT_EQ(seen->updated_ms, 50);
  EXPECT_EQ(seen->observed, ObservedState::kRunning);
  EXPECT_EQ(seen->digest, "sha256:1");
  EXPECT_EQ(seen->started_ms, 40);
  EXPECT_EQ(seen->observed_ms, 60);

  ASSERT_TRUE(set_observed(db_, "a", "api", {ObservedState::kRunning, "", 41}, 70));
  seen = get_component(db_, "a", "api").value();
  EXPECT_EQ(seen->observed_ms, 60) << "since when it is so";
  EXPECT_EQ(seen->digest, "sha256:1");
  EXPECT_EQ(seen->started_ms, 41);
  ASSERT_TRUE(set_observed(db_, "a", "api", {.state = ObservedState::kExited}, 80));
  EXPECT_EQ(get_component(db_, "a", "api").value()->observed_ms, 80);
}

TEST_F(Components, TakeANewSpecAndKeepTheirStates) {
  add("a", {"api"});
  ASSERT_TRUE(set_desired(db_, "a", "api", DesiredState::kStopped, 50));
  ASSERT_TRUE(set_observed(db_, "a", "api", {.state = ObservedState::kExited}, 60));
  service::ComponentSpec changed = component("api", "v2.0.0");
  changed.ports = {"1:1"};
  changed.volumes = {};
  changed.cmd = {"other"};
  changed.env = {{"X", "y"}};
  changed.health.reset();
  ASSERT_TRUE(update_component_spec(db_, "a", changed, 70));
  auto record = get_component(db_, "a", "api").value();
  EXPECT_EQ(record->spec, changed);
  EXPECT_EQ(record->version, "v2.0.0");
  EXPECT_EQ(record->desired, DesiredState::kStopped);
  EXPECT_EQ(record->observed, ObservedState::kExited);
  EXPECT_EQ(record->created_ms, 1);
  EXPECT_EQ(record->updated_ms, 70);
  EXPECT_EQ(number("SELECT count(*) FROM component_cmd"), 1) << "nothing of the old one is left";
  ASSERT_TRUE(update_component_spec(db_, "a", component("api"), 80));
  EXPECT_EQ(get_component(db_, "a", "api").value()->spec, component("api"));
}

TEST_F(Components, AreDeletedWithTheirLists) {
  add("a", {"api", "web"});
  ASSERT_TRUE(delete_component(db_, "a", "api"));
  EXPECT_THAT(names(list_components(db_, "a")), ElementsAre("a/web"));
  EXPECT_EQ(number("SELECT count(*) FROM component_ports WHERE component = 'api'"), 0);
  EXPECT_TRUE(create_component(db_, "a", component("api"), DesiredState::kRunning, 1));
}

TEST_F(Components, ThatAreNotThereCannotBeChanged) {
  add("a", {"api"});
  for (const char* name : {"none", "API"}) {
    EXPECT_EQ(set_desired(db_, "a", name, DesiredState::kRunning, 1).error().code, ErrorCode::kNotFound);
    EXPECT_EQ(set_observed(db_, "a", name, {}, 1).error().code, ErrorCode::kNotFound);
    EXPECT_EQ(update_component_spec(db_, "a", component(name), 1).error().code, ErrorCode::kNotFound);
    EXPECT_EQ(set_position(db_, "a", name, 1).error().code, ErrorCode::kNotFound);
    auto gone = delete_component(db_, "a", name);
    EXPECT_EQ(gone.error().code, ErrorCode::kNotFound);
    EXPECT_EQ(gone.error().message, "no component \"" + std::string(name) + "\" in service \"a\"");
    EXPECT_FALSE(gone.error().hint.empty());
  }
}

TEST(States, AreTheWordsThatAreShown) {
  for (auto state : {DesiredState::kRunning, DesiredState::kStopped, DesiredState::kIgnore})
    EXPECT_EQ(parse_desired(to_string(state)), state);
  for (auto state : {ObservedState::kUnknown, ObservedState::kRunning, ObservedState::kStopped,
                     ObservedState::kExited, ObservedState::kRemoved})
    EXPECT_EQ(parse_observed(to_string(state)), state);
  EXPECT_EQ(parse_desired("exited"), std::nullopt);
  EXPECT_EQ(parse_observed("ignore"), std::nullopt);
}

TEST(States, DriftIsWhatIsSeenAndNotWanted) {
  using D = DesiredState;
  using O = ObservedState;
  for (O seen : {O::kStopped, O::kExited, O::kRemoved}) {
    EXPECT_TRUE(is_drift(D::kRunning, seen));
    EXPECT_FALSE(is_drift(D::kStopped, seen));
  }
  EXPECT_TRUE(is_drift(D::kStopped, O::kRunning));
  EXPECT_FALSE(is_drift(D::kRunning, O::kRunning));
  for (O seen : {O::kUnknown, O::kRunning, O::kStopped, O::kExited, O::kRemoved})
    EXPECT_FALSE(is_drift(D::kIgnore, seen));
  for (D wanted : {D::kRunning, D::kStopped}) EXPECT_FALSE(is_drift(wanted, O::kUnknown)) << "not seen yet";
}

}  // namespace
}  // namespace mcp::registry
