#include "internal/gateway/leases.h"

#include "internal/gateway/test_farm.h"

namespace mcp::gateway {
namespace {

class LeasesTest : public FarmTest {
 protected:
  Leases make(LeaseLimits limits) {
    auto maker = [this](protocol::ClientCapabilities told, std::string owner) {
      LinkOptions options;
      options.entry.name = "s";
      options.entry.kind = config::ServerEntry::Kind::kBuiltin;
      options.era = client::EraChoice::kLegacy;
      options.identity = client::Identity{R"({"name":"g","version":"1"})", std::move(told)};
      options.owner = std::move(owner);
      return Link::create(*loop, launcher, std::move(options), std::weak_ptr<LinkEvents>());
    };
    return {*loop, std::move(maker), limits};
  }
  LinkPtr take(Leases& leases, const std::string& principal = "ada", const std::string& told = "{}") {
    protocol::ClientCapabilities capabilities;
    capabilities.raw = told;
    LinkPtr link = leases.take(principal, capabilities);
    if (link) link->start();
    if (link) wait([&link] { return link->settled(); });
    return link;
  }
};

TEST_F(LeasesTest, GivesAnIdleLinkToTheSamePrincipalWithTheSameCapabilities) {
  Leases leases = make({});
  LinkPtr link = take(leases);
  EXPECT_TRUE(Leases::owns(link->owner()));
  leases.give_back(link, true);
  EXPECT_NE(take(leases, "bob"), link);
  EXPECT_NE(take(leases, "ada", R"({"roots":{}})"), link);
  EXPECT_EQ(take(leases), link);
  EXPECT_NE(take(leases), link);
  leases.stop();
}

TEST_F(LeasesTest, EndsALinkThatIsNotClean) {
  Leases leases = make({});
  LinkPtr link = take(leases);
  leases.give_back(link, false);
  EXPECT_EQ(leases.size(), 0u);
  EXPECT_TRUE(wait([&link] { return link->state() == Link::State::kStopped; }));
}

TEST_F(LeasesTest, OneLinkTooManyIsNone) {
  Leases leases = make({2, 2, async::Millis{60'000}});
  LinkPtr first = take(leases);
  ASSERT_NE(take(leases), nullptr);
  EXPECT_EQ(take(leases), nullptr);
  leases.give_back(first, true);
  // An idle one of somebody else makes room.
  EXPECT_NE(take(leases, "bob"), nullptr);
  EXPECT_EQ(first->state(), Link::State::kStopped);
  leases.stop();
}

TEST_F(LeasesTest, KeepsAsManyIdleAsTheLimitAndNotOneMore) {
  Leases leases = make({8, 2, async::Millis{60'000}});
  std::vector<LinkPtr> links{take(leases), take(leases), take(leases)};
  for (int i = 0; i < 2; ++i) leases.give_back(links[i], true);
  EXPECT_EQ(leases.idle(), 2u);
  EXPECT_EQ(links[0]->state(), Link::State::kReady);
  leases.give_back(links[2], true);
  EXPECT_EQ(leases.idle(), 2u);
  EXPECT_EQ(links[0]->state(), Link::State::kStopped);  // the longest idle
  leases.stop();
}

TEST_F(LeasesTest, AnIdleLinkEndsAfterAWhile) {
  Leases leases = make({8, 2, async::Millis{1}});
  LinkPtr link = take(leases);
  leases.give_back(link, true);
  EXPECT_TRUE(wait([&link] { return link->state() == Link::State::kStopped; }));
  EXPECT_EQ(leases.size(), 0u);
}

TEST_F(LeasesTest, StopEndsAll) {
  Leases leases = make({});
  LinkPtr idle = take(leases);
  LinkPtr busy = take(leases);
  leases.give_back(idle, true);
  leases.stop();
  EXPECT_EQ(idle->state(), Link::State::kStopped);
  EXPECT_EQ(busy->state(), Link::State::kStopped);
}

}  // namespace
}  // namespace mcp::gateway
