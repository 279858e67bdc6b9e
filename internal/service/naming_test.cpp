#include "internal/service/naming.h"

#include <gmock/gmock.h>

namespace mcp::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ServiceSpec spec(const std::string& name, const std::string& node,
                 const std::vector<std::string>& components) {
  ServiceSpec made{.name = name, .node = node, .components = {}};
  for (const auto& component : components) {
    made.components.emplace_back();
    made.components.back().name = component;
    made.components.back().image = "img:v1";
  }
  return made;
}

TEST(Naming, AContainerIsCalledServiceDashComponent) {
  EXPECT_EQ(container_name("metacrypt", "api"), "metacrypt-api");
  EXPECT_EQ(container_name("mc-proxy", "mc-proxy"), "mc-proxy");
  EXPECT_EQ(container_name("a", "a-a"), "a-a-a");
}

TEST(Naming, AComponentIsWhatFollowsTheService) {
  EXPECT_EQ(component_of("metacrypt-api", "metacrypt"), "api");
  EXPECT_EQ(component_of("metacrypt-web", "metacrypt"), "web");
  EXPECT_EQ(component_of("mc-proxy", "mc-proxy"), "mc-proxy");
  EXPECT_EQ(component_of("a-b-c", "a"), "b-c");
  for (const char* other : {"metacryptapi", "metacrypt-", "other-api", "metacryp", "metacrypt-API",
                            "metacrypt-metacrypt", "metacrypt-.x", "-api", ""}) {
    EXPECT_EQ(component_of(other, "metacrypt"), std::nullopt) << other;
  }
}

TEST(Naming, KnownServicesDecideWhatANameMeans) {
  EXPECT_THAT(meanings("metacrypt-api", {"metacrypt", "other"}),
              ElementsAre(ComponentId{"metacrypt", "api"}));
  EXPECT_THAT(meanings("a-b-c", {"a"}), ElementsAre(ComponentId{"a", "b-c"}));
  EXPECT_THAT(meanings("a-b-c", {"a", "a-b"}), ElementsAre(ComponentId{"a-b", "c"}, ComponentId{"a", "b-c"}))
      << "both are possible: the longest first";
  EXPECT_THAT(meanings("a-b", {"a", "a-b"}), ElementsAre(ComponentId{"a-b", "a-b"}, ComponentId{"a", "b"}));
}

TEST(Naming, AStrangerIsAServiceOfItsOwn) {
  for (const char* name : {"busybox", "some-thing", "Odd_Name"}) {
    EXPECT_THAT(meanings(name, {"metacrypt"}), ElementsAre(ComponentId{name, name}));
    EXPECT_EQ(container_name(name, name), name);
  }
}

TEST(Naming, EveryContainerHasItsOwnMeaningAmongItsPossibleOnes) {
  const std::set<std::string, std::less<>> services = {"a", "b", "a-b", "a-b-c"};
  for (const auto& service : services) {
    for (const char* component : {"a", "b", "c", "b-c", "a-b", "x"}) {
      auto all = meanings(container_name(service, component), services);
      EXPECT_THAT(all, ::testing::Contains(ComponentId{service, component}))
          << service << "/" << component << " is " << container_name(service, component);
    }
  }
}

TEST(Naming, TwoComponentsOfANodeMustNotShareAContainer) {
  EXPECT_TRUE(check_container_names({spec("a", "n", {"b-c"}), spec("a-b", "n", {"d"})}));
  EXPECT_TRUE(check_container_names({spec("a", "n", {"b-c"}), spec("a-b", "other", {"c"})}))
      << "on two nodes";
  auto clash = check_container_names({spec("a", "n", {"b-c"}), spec("a-b", "n", {"c"})});
  ASSERT_FALSE(clash);
  EXPECT_EQ(clash.error().message, "a-b/c and a/b-c would both be container \"a-b-c\" on node \"n\"");
  EXPECT_FALSE(check_container_names({spec("a", "n", {"b"}), spec("a-b", "n", {"a-b"})}));
}

TEST(Naming, ATargetIsAServiceOrOneOfItsComponents) {
  EXPECT_EQ(parse_target("metacrypt").value(), (ComponentId{"metacrypt", ""}));
  EXPECT_EQ(parse_target("metacrypt/api").value(), (ComponentId{"metacrypt", "api"}));
  for (const char* text : {"", "/", "a/", "/a", "a/b/c", "A", "../a", "a b", "-a"}) {
    auto wrong = parse_target(text);
    ASSERT_FALSE(wrong) << text;
    EXPECT_THAT(wrong.error().message, HasSubstr("is neither SERVICE nor SERVICE/COMPONENT"));
  }
}

}  // namespace
}  // namespace mcp::service
