#include "internal/registry/generations.h"

#include "internal/registry/registry_testing.h"

namespace mcp::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kDigest = "sha256:" + std::string(64, 'a');

class Generations : public testing::RegistryTest {
 protected:
  static service::ServiceSpec spec(const std::string& tag, const std::string& name = "metacrypt") {
    return {name, "rift", true, {component("web", tag), component("api", tag)}};
  }
  // One that is over.
  std::int64_t past(Outcome outcome, const std::string& name = "metacrypt") {
    std::int64_t number = begin_generation(db_, spec("v1", name), "alice", 10).value();
    EXPECT_TRUE(finish_generation(db_, name, number, outcome, "", 20));
    return number;
  }
  std::vector<std::int64_t> numbers(const std::string& name = "metacrypt") {
    std::vector<std::int64_t> out;
    const auto found = list_generations(db_, name, 100).value();
    for (const auto& each : found) out.push_back(each.generation);
    return out;
  }
};

TEST_F(Generations, HoldWhatIsNeededToDeployThemAgain) {
  EXPECT_EQ(begin_generation(db_, spec("v1"), "alice", 10), 1);
  ASSERT_TRUE(note_component(db_, "metacrypt", 1,
                             {"api", component("api", "v1").image, kDigest, Outcome::kDeployed, ""}));
  ASSERT_TRUE(note_component(db_, "metacrypt", 1,
                             {"web", component("web", "v1").image, "", Outcome::kFailed, "no such tag"}));
  ASSERT_TRUE(finish_generation(db_, "metacrypt", 1, Outcome::kRolledBack, "web: no such tag", 99));
  store::Connection again = reopen();
  auto found = get_generation(again, "metacrypt", 1).value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->spec, spec("v1"));
  EXPECT_EQ(found->outcome, Outcome::kRolledBack);
  EXPECT_EQ(found->reason, "web: no such tag");
  EXPECT_EQ(found->actor, "alice");
  EXPECT_EQ(found->created_ms, 10);
  EXPECT_EQ(found->finished_ms, 99);
  EXPECT_THAT(
      found->components,
      ElementsAre(
          GenerationComponent{"api", component("api", "v1").image, kDigest, Outcome::kDeployed, ""},
          GenerationComponent{"web", component("web", "v1").image, "", Outcome::kFailed, "no such tag"}));
  EXPECT_EQ(get_generation(again, "metacrypt", 2).value(), std::nullopt);
}

TEST_F(Generations, AreCountedForEachServiceAndListedNewestFirst) {
  for (const char* tag : {"v1", "v2"}) ASSERT_TRUE(begin_generation(db_, spec(tag), "alice", 1));
  EXPECT_EQ(begin_generation(db_, spec("v1", "other"), "alice", 1), 1);
  EXPECT_THAT(numbers(), ElementsAre(2, 1));
  EXPECT_EQ(list_generations(db_, "metacrypt", 1).value().front().spec, spec("v2"));
}

TEST_F(Generations, CountOnWhenAServiceComesBack) {
  add("metacrypt", {"api"});
  past(Outcome::kDeployed);
  ASSERT_TRUE(delete_service(db_, "metacrypt"));
  EXPECT_EQ(begin_generation(db_, spec("v2"), "alice", 1), 2);
}

TEST_F(Generations, ThatAreOverDoNotChange) {
  std::int64_t number = past(Outcome::kDeployed);
  auto late = note_component(db_, "metacrypt", number, {"api", "i", "", Outcome::kFailed, ""});
  EXPECT_EQ(late.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(late.error().message, HasSubstr("is finished: deployed"));
  EXPECT_EQ(finish_generation(db_, "metacrypt", number, Outcome::kFailed, "", 1).error().code,
            ErrorCode::kInvalid);
  EXPECT_EQ(finish_generation(db_, "metacrypt", 77, Outcome::kFailed, "", 1).error().code,
            ErrorCode::kNotFound);
  ASSERT_TRUE(begin_generation(db_, spec("v2"), "alice", 1));
  EXPECT_EQ(note_component(db_, "metacrypt", 2, {"none", "i", "", Outcome::kFailed, ""}).error().code,
            ErrorCode::kNotFound);
}

TEST_F(Generations, ThatAKilledAgentLeftAreFound) {
  past(Outcome::kDeployed);
  ASSERT_TRUE(begin_generation(db_, spec("v2"), "alice", 1));
  ASSERT_TRUE(begin_generation(db_, spec("v3", "other"), "bob", 1));
  store::Connection again = reopen();
  auto pending = pending_generations(again).value();
  ASSERT_EQ(pending.size(), 2u);
  EXPECT_EQ(pending[0].service + "/" + std::to_string(pending[0].generation), "metacrypt/2");
  EXPECT_EQ(pending[1].spec, spec("v3", "other"));
}

TEST_F(Generations, ARollbackFindsTheLastThatWasDeployed) {
  EXPECT_EQ(last_deployed(db_, "metacrypt").value(), std::nullopt);
  std::int64_t one = past(Outcome::kDeployed);
  std::int64_t two = past(Outcome::kDeployed);
  past(Outcome::kFailed);
  past(Outcome::kRolledBack);
  EXPECT_EQ(last_deployed(db_, "metacrypt").value()->generation, two);
  EXPECT_EQ(last_deployed(db_, "metacrypt", two).value()->generation, one);
  EXPECT_EQ(last_deployed(db_, "metacrypt", one).value(), std::nullopt);
}

TEST_F(Generations, PruningKeepsTheNewestAndWhatIsStillNeeded) {
  std::int64_t deployed = past(Outcome::kDeployed);  // 1
  std::int64_t pending = begin_generation(db_, spec("v2"), "alice", 1).value();
  for (int i = 0; i < 4; ++i) past(Outcome::kFailed);  // 3 to 6
  past(Outcome::kDeployed, "other");
  EXPECT_EQ(prune_generations(db_, 6), 0);
  EXPECT_EQ(prune_generations(db_, 3), 1);
  EXPECT_THAT(numbers(), ElementsAre(6, 5, 4, pending, deployed));
  EXPECT_EQ(prune_generations(db_, 1), 2);
  EXPECT_THAT(numbers(), ElementsAre(6, pending, deployed));
  EXPECT_THAT(numbers("other"), ElementsAre(1));
  EXPECT_EQ(number("SELECT count(*) FROM generation_components WHERE generation = 4"), 0);
  EXPECT_EQ(begin_generation(db_, spec("v9"), "alice", 1), 7) << "numbers are not used twice";
}

TEST_F(Generations, OneThatCannotBeReadIsSaidToBe) {
  past(Outcome::kDeployed);
  ASSERT_TRUE(db_.run("UPDATE generations SET spec = 'name = 1'"));
  auto broken = get_generation(db_, "metacrypt", 1);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ErrorCode::kMalformed);
  EXPECT_THAT(broken.error().message, HasSubstr("generation 1 of metacrypt:1:8"));
}

TEST_F(Generations, OutcomesHaveTheirWords) {
  EXPECT_EQ(to_string(Outcome::kRolledBack), "rolled-back");
  auto unchanged = begin_generation(db_, spec("v1"), "alice", 1);
  EXPECT_TRUE(note_component(db_, "metacrypt", *unchanged, {"api", "i", "", Outcome::kUnchanged, ""}));
  EXPECT_EQ(get_generation(db_, "metacrypt", *unchanged).value()->components[0].outcome, Outcome::kUnchanged);
  EXPECT_EQ(finish_generation(db_, "metacrypt", *unchanged, Outcome::kUnchanged, "", 1).error().code,
            ErrorCode::kInvalid)
      << "of components only";
}

}  // namespace
}  // namespace mcp::registry
