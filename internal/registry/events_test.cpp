#include "internal/registry/events.h"

#include "internal/registry/registry_testing.h"

namespace mcp::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Events : public testing::RegistryTest {
 protected:
  std::int64_t happen(const std::string& service, const std::string& component, std::int64_t at,
                      Event::Kind kind = Event::Kind::kState) {
    return insert_event(db_, {.service = service,
                              .component = component,
                              .kind = kind,
                              .prev_state = "running",
                              .new_state = "exited",
                              .detail = "status 137",
                              .timestamp_ms = at})
        .value();
  }
  std::vector<std::int64_t> times(const EventQuery& query) {
    std::vector<std::int64_t> out;
    const auto found = query_events(db_, query).value();
    for (const auto& event : found) out.push_back(event.timestamp_ms);
    return out;
  }
};

TEST_F(Events, AreKeptWholeUnderIdsThatCountUp) {
  std::int64_t first = happen("a", "api", 5, Event::Kind::kAlert);
  std::int64_t second = happen("a", "api", 4);
  EXPECT_GT(second, first);
  auto events = query_events(db_, {.newest_first = false}).value();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1], (Event{first, "a", "api", Event::Kind::kAlert, "running", "exited", "status 137", 5}));
}

TEST_F(Events, AnIdIsNeverUsedTwice) {
  std::int64_t last = happen("a", "api", 5);
  ASSERT_EQ(prune_events(db_, 100, 0), 1);
  EXPECT_GT(happen("a", "api", 6), last);
}

TEST_F(Events, AreFoundByComponentServiceAndTime) {
  for (std::int64_t at : {10, 20, 30}) happen("a", "api", at);
  happen("a", "web", 21);
  happen("b", "api", 22);
  EXPECT_THAT(times({}), ElementsAre(30, 22, 21, 20, 10));
  EXPECT_THAT(times({.service = "a"}), ElementsAre(30, 21, 20, 10));
  EXPECT_THAT(times({.service = "a", .component = "api"}), ElementsAre(30, 20, 10));
  EXPECT_THAT(times({.component = "api", .newest_first = false}), ElementsAre(10, 20, 22, 30));
  EXPECT_THAT(times({.service = "a", .component = "api", .since_ms = 20}), ElementsAre(30, 20));
  EXPECT_THAT(times({.service = "a", .component = "api", .until_ms = 20}), ElementsAre(10));
  EXPECT_THAT(times({.since_ms = 20, .until_ms = 22}), ElementsAre(21, 20));
  EXPECT_THAT(times({.service = ""}), IsEmpty()) << "an empty name is asked for, not left out";
}

TEST_F(Events, OfOneMomentKeepTheirOrder) {
  std::vector<std::int64_t> ids = {happen("a", "x", 7), happen("a", "y", 7), happen("a", "z", 7)};
  auto events = query_events(db_, {.newest_first = false}).value();
  EXPECT_THAT(events, ElementsAre(::testing::Field(&Event::id, ids[0]), ::testing::Field(&Event::id, ids[1]),
                                  ::testing::Field(&Event::id, ids[2])));
}

TEST_F(Events, WhoFollowsAsksForLaterOnes) {
  std::int64_t first = happen("a", "api", 10);
  happen("a", "api", 5);  // the clock went back
  EXPECT_THAT(times({.after_id = first}), ElementsAre(5));
}

TEST_F(Events, AnAnswerIsBounded) {
  for (std::int64_t at = 0; at < 5; ++at) happen("a", "api", at);
  EXPECT_THAT(times({.limit = 2}), ElementsAre(4, 3));
  EXPECT_EQ(query_events(db_, {.limit = 0}).error().code, ErrorCode::kInvalid);
  EXPECT_TRUE(query_events(db_, {.limit = kMaxEventsAsked}));
  EXPECT_EQ(query_events(db_, {.limit = kMaxEventsAsked + 1}).error().code, ErrorCode::kInvalid);
}

TEST_F(Events, ChangesOfStateInAWindowAreCounted) {
  for (std::int64_t at : {10, 20, 30}) happen("a", "api", at);
  happen("a", "api", 25, Event::Kind::kAlert);
  happen("a", "web", 25);
  EXPECT_EQ(count_transitions(db_, "a", "api", 20), 2);
  EXPECT_EQ(count_transitions(db_, "a", "api", 21), 1);
  EXPECT_EQ(count_transitions(db_, "a", "api", 31), 0);
  EXPECT_EQ(count_transitions(db_, "b", "api", 0), 0);
}

TEST_F(Events, OldOnesArePrunedAndRecentOnesStay) {
  for (std::int64_t at : {10, 20, 30}) happen("a", "api", at);
  EXPECT_EQ(prune_events(db_, 20, 1000), 1);
  EXPECT_THAT(times({}), ElementsAre(30, 20)) << "what is as old as the border stays";
  EXPECT_EQ(prune_events(db_, 20, 1000), 0);
}

TEST_F(Events, NoMoreAreKeptThanAllowed) {
  for (std::int64_t at : {10, 20, 30}) happen("a", "api", at);
  EXPECT_EQ(prune_events(db_, 0, 3), 0);
  EXPECT_EQ(prune_events(db_, 0, 2), 1);
  EXPECT_THAT(times({}), ElementsAre(30, 20));
}

}  // namespace
}  // namespace mcp::registry
