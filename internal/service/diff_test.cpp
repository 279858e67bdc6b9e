#include "internal/service/diff.h"

#include <functional>

#include <gmock/gmock.h>

namespace mcp::service {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

ComponentSpec api() {
  ComponentSpec made;
  made.name = "api";
  made.image = "img:v1";
  made.ports = {"80:80", "127.0.0.1:90:90"};
  made.volumes = {"/a:/a", "/b:/b:ro"};
  made.cmd = {"serve"};
  made.env = {{"LEVEL", "info"}, {"TOKEN", "file:/run/token"}};
  made.health = Health{.cmd = {"check"}};
  return made;
}

std::vector<std::string> texts(const std::vector<Change>& changes) {
  std::vector<std::string> out;
  for (const auto& change : changes) out.push_back(change.to_string());
  return out;
}

TEST(Diff, EveryFieldThatDiffersIsNamed) {
  struct Step {
    std::function<void(ComponentSpec&)> change;
    std::vector<std::string> said;
  };
  const Step steps[] = {
      {[](ComponentSpec&) {}, {}},
      {[](ComponentSpec& c) { c.image = "img:v2"; }, {"api: image: img:v1 -> img:v2"}},
      {[](ComponentSpec& c) { c.network = "host"; }, {"api: network: + host"}},
      {[](ComponentSpec& c) { c.user = "1"; }, {"api: user: + 1"}},
      {[](ComponentSpec& c) { c.restart = "always"; }, {"api: restart: + always"}},
      {[](ComponentSpec& c) {
         c.ports = {"80:80", "91:90"};
       },
       {"api: ports: - 127.0.0.1:90:90/tcp", "api: ports: + 91:90/tcp"}},
      {[](ComponentSpec& c) {
         c.volumes = {"/a:/a:ro", "/b:/b:ro"};
       },
       {"api: volumes: - /a:/a", "api: volumes: + /a:/a:ro"}},
      {[](ComponentSpec& c) {
         c.cmd = {"serve", "-v"};
       },
       {"api: cmd: [\"serve\"] -> [\"serve\", \"-v\"]"}},
      {[](ComponentSpec& c) { c.cmd = {}; }, {"api: cmd: - [\"serve\"]"}},
      {[](ComponentSpec& c) { c.env["LEVEL"] = "debug"; }, {"api: env.LEVEL: (hidden) -> (hidden)"}},
      {[](ComponentSpec& c) { c.env["TOKEN"] = "file:/run/other"; },
       {"api: env.TOKEN: file:/run/token -> file:/run/other"}},
      {[](ComponentSpec& c) {
         c.env = {{"MORE", "x"}, {"LEVEL", "info"}};
       },
       {"api: env.TOKEN: - file:/run/token", "api: env.MORE: + (hidden)"}},
      {[](ComponentSpec& c) { c.memory = 64 << 20; }, {"api: memory: + 67108864"}},
      {[](ComponentSpec& c) { c.cpu_percent = 50; }, {"api: cpu: + 50%"}},
      {[](ComponentSpec& c) { c.pids = 9; }, {"api: pids: + 9"}},
      {[](ComponentSpec& c) { c.stop_timeout_ms = 1500; }, {"api: stop_timeout: + 1500ms"}},
      {[](ComponentSpec& c) { c.health->interval_ms = 1000; }, {"api: health.interval: 30000ms -> 1000ms"}},
      {[](ComponentSpec& c) { c.health.reset(); },
       {"api: health.cmd: - [\"check\"]", "api: health.interval: - 30000ms", "api: health.timeout: - 5000ms",
        "api: health.retries: - 3"}},
  };
  for (const auto& [change, said] : steps) {
    ComponentSpec after = api();
    change(after);
    EXPECT_EQ(texts(diff(api(), after)), said);
  }
}

TEST(Diff, OrderAndSpellingOfMappingsMeanNothing) {
  ComponentSpec after = api();
  after.ports = {"127.0.0.1:90:90/tcp", "0.0.0.0:80:80"};
  after.volumes = {"/b:/b:ro", "/a:/a:rw"};
  EXPECT_THAT(diff(api(), after), IsEmpty());
}

TEST(Diff, SecretsStayHidden) {
  ComponentSpec after = api();
  after.env["LEVEL"] = "hunter2";
  for (const auto& change : diff(api(), after))
    EXPECT_EQ(change.to_string().find("hunter2"), std::string::npos);
}

TEST(Diff, ComponentsComeAndGo) {
  ServiceSpec before{.name = "s", .node = "n", .components = {api()}};
  ServiceSpec after = before;
  EXPECT_THAT(diff(before, after), IsEmpty());
  after.active = false;
  after.components[0].image = "img:v3";
  after.components.push_back(api());
  after.components[1].name = "web";
  EXPECT_THAT(texts(diff(before, after)),
              ElementsAre("active: true -> false", "api: image: img:v1 -> img:v3", "+ web"));
  EXPECT_THAT(texts(diff(after, before)),
              ElementsAre("active: false -> true", "api: image: img:v3 -> img:v1", "- web"));
}

}  // namespace
}  // namespace mcp::service
