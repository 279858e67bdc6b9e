#include "internal/service/spec.h"

#include <functional>

#include <gmock/gmock.h>

namespace mcp::service {
namespace {

using ::testing::HasSubstr;

ServiceSpec small() {
  ServiceSpec spec{.name = "metacrypt", .node = "rift", .components = {}};
  spec.components.emplace_back();
  spec.components[0].name = "api";
  spec.components[0].image = "registry.example.com/metacrypt:v1.2.0";
  return spec;
}

struct Mistake {
  std::function<void(ServiceSpec&)> make;
  std::string said;
};

TEST(Spec, EveryMistakeIsNamedByComponentAndField) {
  auto of = [](auto set) { return [set](ServiceSpec& spec) { set(spec.components[0]); }; };
  const Mistake mistakes[] = {
      {[](ServiceSpec& s) { s.name = ""; }, "name: \"\" is no name"},
      {[](ServiceSpec& s) { s.name = "Meta"; }, "name: \"Meta\" is no name"},
      {[](ServiceSpec& s) { s.name = "a/b"; }, "name: "},
      {[](ServiceSpec& s) { s.node = ""; }, "node: "},
      {[](ServiceSpec& s) { s.components.clear(); }, "service \"metacrypt\" has no components"},
      {[](ServiceSpec& s) { s.components.push_back(s.components[0]); }, "component \"api\" is there twice"},
      {of([](ComponentSpec& c) { c.name = "-x"; }), "component \"-x\": name: "},
      {of([](ComponentSpec& c) { c.image = ""; }), "component \"api\": image: "},
      {of([](ComponentSpec& c) { c.image = "--rm"; }), "component \"api\": image: "},
      {of([](ComponentSpec& c) { c.network = "--privileged"; }), "component \"api\": network: "},
      {of([](ComponentSpec& c) { c.user = "1000:"; }), "component \"api\": user: "},
      {of([](ComponentSpec& c) { c.restart = "sometimes"; }), "component \"api\": restart: "},
      {of([](ComponentSpec& c) { c.restart = "on-failure:0"; }), "component \"api\": restart: "},
      {of([](ComponentSpec& c) {
         c.ports = {"80", "x"};
       }),
       "component \"api\": ports: \"x\""},
      {of([](ComponentSpec& c) { c.volumes = {"/a"}; }), "component \"api\": volumes: \"/a\""},
      {of([](ComponentSpec& c) { c.cmd = {std::string("a\0b", 3)}; }),
       "component \"api\": cmd: must not contain a NUL"},
      {of([](ComponentSpec& c) { c.cmd = {"\xff"}; }), "component \"api\": cmd: is not valid UTF-8"},
      {of([](ComponentSpec& c) { c.volumes = {"/\xff:/a"}; }), "component \"api\": volumes: "},
      {of([](ComponentSpec& c) { c.env["A"] = "${"; }), "component \"api\": env.A: "},
      {of([](ComponentSpec& c) { c.env["1x"] = ""; }), "component \"api\": env: \"1x\""},
      {of([](ComponentSpec& c) { c.memory = kMinMemory - 1; }),
       "component \"api\": memory: 6291455 is not between"},
      {of([](ComponentSpec& c) { c.cpu_percent = -1; }), "component \"api\": cpu: "},
      {of([](ComponentSpec& c) { c.pids = -5; }), "component \"api\": pids: "},
      {of([](ComponentSpec& c) { c.stop_timeout_ms = 86'400'001; }), "component \"api\": stop_timeout: "},
      {of([](ComponentSpec& c) { c.health = Health{}; }), "component \"api\": health: cmd is empty"},
      {of([](ComponentSpec& c) { c.health = Health{.cmd = {"x"}, .interval_ms = 0}; }), "health.interval: "},
      {of([](ComponentSpec& c) { c.health = Health{.cmd = {"x"}, .retries = 0}; }), "health.retries: "},
  };
  ASSERT_TRUE(validate(small()));
  for (const auto& [make, said] : mistakes) {
    ServiceSpec spec = small();
    make(spec);
    auto wrong = validate(spec);
    ASSERT_FALSE(wrong) << said;
    EXPECT_THAT(wrong.error().message, HasSubstr(said));
    EXPECT_FALSE(wrong.error().hint.empty()) << said;
  }
}

TEST(Spec, AcceptsWhatPeopleWrite) {
  ServiceSpec spec = small();
  ComponentSpec& component = spec.components[0];
  component.network = "mcpnet";
  component.user = "0:0";
  component.ports = {"127.0.0.1:18443:8443", "53:53/udp"};
  component.volumes = {"/srv/metacrypt:/srv/metacrypt", "cache:/cache:ro"};
  component.cmd = {"server", "--config", "/srv/metacrypt/metacrypt.toml", ""};
  component.env = {{"LEVEL", "debug"}, {"_X", ""}};
  for (const char* restart : {"no", "always", "unless-stopped", "on-failure", "on-failure:3"}) {
    component.restart = restart;
    EXPECT_TRUE(validate(spec)) << restart;
  }
}

// At a limit all is well; one more is an error.
TEST(Spec, LimitsHoldAtTheirEdge) {
  auto limit = [](std::size_t most, const std::function<void(ServiceSpec&, std::size_t)>& fill) {
    ServiceSpec spec = small();
    fill(spec, most);
    EXPECT_TRUE(validate(spec)) << most;
    spec = small();
    fill(spec, most + 1);
    auto over = validate(spec);
    ASSERT_FALSE(over) << most;
    EXPECT_FALSE(over.error().hint.empty());
  };
  limit(kMaxComponents, [](ServiceSpec& spec, std::size_t count) {
    spec.components.resize(count, spec.components[0]);
    for (std::size_t i = 0; i < count; ++i) spec.components[i].name = "c" + std::to_string(i);
  });
  limit(kMaxPorts,
        [](ServiceSpec& spec, std::size_t count) { spec.components[0].ports.resize(count, "80"); });
  limit(kMaxVolumes,
        [](ServiceSpec& spec, std::size_t count) { spec.components[0].volumes.resize(count, "a:/b"); });
  limit(kMaxArguments,
        [](ServiceSpec& spec, std::size_t count) { spec.components[0].cmd.resize(count, "x"); });
  limit(kMaxVariables, [](ServiceSpec& spec, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) spec.components[0].env["V" + std::to_string(i)] = "";
  });
  limit(kMaxNameLength, [](ServiceSpec& spec, std::size_t length) { spec.name = std::string(length, 'a'); });
  limit(kMaxTextLength,
        [](ServiceSpec& spec, std::size_t length) { spec.components[0].cmd = {std::string(length, 'a')}; });
}

TEST(Spec, AShareOfAProcessorIsAPercentage) {
  EXPECT_EQ(parse_cpu("50%"), 50);
  EXPECT_EQ(parse_cpu("102400%"), kMaxCpuPercent);
  for (const char* text : {"", "50", "%", "0%", "-1%", "1.5%", "102401%", "50%%"})
    EXPECT_FALSE(parse_cpu(text)) << text;
}

}  // namespace
}  // namespace mcp::service
