#include "internal/gateway/admission.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mcp::gateway {
namespace {

// Notes who was let in and who was sent away, in order.
class AdmissionTest : public ::testing::Test {
 protected:
  std::optional<Admission::Ticket> wait(const std::string& client) {
    return admission.wait(client, [this, client](bool in) { (in ? admitted : displaced).push_back(client); });
  }
  void wait_many(const std::string& client, int times) {
    for (int i = 0; i < times; ++i) wait(client);
  }
  void leave(int times) {
    for (int i = 0; i < times; ++i) admission.leave();
  }

  Admission admission{{.places = 2, .queue = 3}};
  std::vector<std::string> admitted;
  std::vector<std::string> displaced;
};

TEST_F(AdmissionTest, LetsInAsManyAsThereArePlaces) {
  EXPECT_TRUE(admission.try_enter());
  EXPECT_TRUE(admission.try_enter());
  EXPECT_FALSE(admission.try_enter());
  EXPECT_EQ(admission.inside(), 2u);
  admission.leave();
  EXPECT_TRUE(admission.try_enter());
}

TEST_F(AdmissionTest, WithoutALimitEverybodyIsLetIn) {
  Admission open{{.places = 0, .queue = 0}};
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(open.try_enter());
  EXPECT_EQ(open.inside(), 10'000u);
}

TEST_F(AdmissionTest, AsManyWaitAsMayAndTheNextIsRefused) {
  admission.try_enter();
  admission.try_enter();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(wait("one"));
  EXPECT_FALSE(wait("one"));
  EXPECT_EQ(admission.waiting(), 3u);
  leave(2);
  EXPECT_EQ(admitted.size(), 2u);
  EXPECT_EQ(admission.inside(), 2u);
  EXPECT_TRUE(displaced.empty());
}

TEST_F(AdmissionTest, ClientsTakeTurns) {
  admission.limit({.places = 2, .queue = 100});
  admission.try_enter();
  admission.try_enter();
  wait_many("greedy", 50);
  wait_many("a", 2);
  wait("b");
  leave(6);
  EXPECT_EQ(admitted, (std::vector<std::string>{"greedy", "a", "b", "greedy", "a", "greedy"}));
}

TEST_F(AdmissionTest, WhoComesAgainStandsBehindThoseWhoWaited) {
  admission.limit({.places = 1, .queue = 100});
  admission.try_enter();
  wait("a");
  wait("b");
  leave(1);
  wait("a");
  leave(2);
  EXPECT_EQ(admitted, (std::vector<std::string>{"a", "b", "a"}));
}

TEST_F(AdmissionTest, AFullQueueTakesThePoliteInPlaceOfTheLastOfTheGreedy) {
  admission.try_enter();
  admission.try_enter();
  wait_many("greedy", 3);
  EXPECT_TRUE(wait("polite"));
  EXPECT_EQ(displaced, std::vector<std::string>{"greedy"});
  EXPECT_EQ(admission.waiting(), 3u);
  // One line of two and one of one: nobody has more than the newcomer would.
  EXPECT_FALSE(wait("polite"));
  EXPECT_FALSE(wait("greedy"));
  EXPECT_TRUE(wait("third"));
  EXPECT_FALSE(wait("fourth"));
  leave(3);
  EXPECT_EQ(admitted, (std::vector<std::string>{"greedy", "polite", "third"}));
}

TEST_F(AdmissionTest, WithoutAQueueNobodyWaits) {
  admission.limit({.places = 1, .queue = 0});
  admission.try_enter();
  EXPECT_FALSE(wait("one"));
}

TEST_F(AdmissionTest, WhoGivesUpLeavesItsPlaceInLine) {
  admission.try_enter();
  admission.try_enter();
  auto first = wait("one");
  wait("one");
  wait("two");
  ASSERT_TRUE(first);
  EXPECT_TRUE(admission.give_up(*first));
  EXPECT_FALSE(admission.give_up(*first));
  EXPECT_EQ(admission.waiting(), 2u);
  EXPECT_TRUE(wait("three"));
  leave(5);
  EXPECT_EQ(admitted, (std::vector<std::string>{"one", "two", "three"}));
  EXPECT_EQ(admission.inside(), 0u);
}

TEST_F(AdmissionTest, WhoWasLetInCannotGiveUp) {
  admission.try_enter();
  admission.try_enter();
  auto ticket = wait("one");
  leave(1);
  ASSERT_TRUE(ticket);
  EXPECT_FALSE(admission.give_up(*ticket));
  EXPECT_EQ(admission.inside(), 2u);
}

TEST_F(AdmissionTest, MorePlacesLetInWhoWaits) {
  admission.try_enter();
  admission.try_enter();
  wait_many("one", 3);
  admission.limit({.places = 4, .queue = 3});
  EXPECT_EQ(admitted.size(), 2u);
  admission.limit({.places = 0, .queue = 3});
  EXPECT_EQ(admitted.size(), 3u);
  EXPECT_EQ(admission.inside(), 5u);
}

TEST_F(AdmissionTest, APlaceIsGivenBackOnce) {
  auto shared = std::make_shared<Admission>(AdmissionLimits{.places = 1, .queue = 1});
  ASSERT_TRUE(shared->try_enter());
  {
    Place place(shared);
    Place moved(std::move(place));
    EXPECT_EQ(shared->inside(), 1u);
    moved.leave();
    EXPECT_EQ(shared->inside(), 0u);
    ASSERT_TRUE(shared->try_enter());
    moved = Place(shared);
  }
  EXPECT_EQ(shared->inside(), 0u);
}

}  // namespace
}  // namespace mcp::gateway
