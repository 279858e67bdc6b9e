#include "internal/service/definition.h"

#include <gmock/gmock.h>

namespace mcp::service {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kWhole = R"(# the secrets of everybody
name = "metacrypt"
node = "rift"

[[components]]
name = "api"
image = "registry.example.com:5000/metacrypt:v1.2.0"
network = "mcpnet"
user = "0:0"
restart = "unless-stopped"
ports = ["127.0.0.1:18443:8443"]
volumes = ["/srv/metacrypt:/srv/metacrypt"]
cmd = ["server", "--config", "/srv/metacrypt/metacrypt.toml"]
memory = "512M"
cpu = "150%"
pids = 100
stop_timeout = "20s"
env = { LEVEL = "debug", TOKEN = "file:/run/token" }
health = { cmd = ["/bin/check", "-q"], interval = "10s", retries = 5 }

[[components]]
name = "web"
image = "registry.example.com:5000/metacrypt-web:v1.2.0"
)";

ServiceSpec read(std::string_view text) {
  config::Report report;
  auto spec = parse_definition("/d/metacrypt.toml", text, report);
  for (const auto& error : report.errors()) ADD_FAILURE() << error.message;
  return spec.value_or(ServiceSpec{});
}

std::vector<Error> mistakes(std::string_view text) {
  config::Report report;
  EXPECT_FALSE(parse_definition("/d/x.toml", text, report)) << text;
  return report.errors();
}

TEST(Definition, IsReadWhole) {
  ServiceSpec spec = read(kWhole);
  EXPECT_EQ(spec.name, "metacrypt");
  EXPECT_EQ(spec.node, "rift");
  ASSERT_EQ(spec.components.size(), 2u);
  const ComponentSpec& api = spec.components[0];
  EXPECT_EQ(api.name, "api");
  EXPECT_EQ(api.image, "registry.example.com:5000/metacrypt:v1.2.0");
  EXPECT_EQ(api.network, "mcpnet");
  EXPECT_EQ(api.user, "0:0");
  EXPECT_EQ(api.restart, "unless-stopped");
  EXPECT_EQ(api.ports, std::vector<std::string>{"127.0.0.1:18443:8443"});
  EXPECT_EQ(api.volumes, std::vector<std::string>{"/srv/metacrypt:/srv/metacrypt"});
  EXPECT_EQ(api.cmd, (std::vector<std::string>{"server", "--config", "/srv/metacrypt/metacrypt.toml"}));
  EXPECT_EQ(api.memory, 512 << 20);
  EXPECT_EQ(api.cpu_percent, 150);
  EXPECT_EQ(api.pids, 100);
  EXPECT_EQ(api.stop_timeout_ms, 20'000);
  EXPECT_EQ(api.env, (std::map<std::string, std::string>{{"LEVEL", "debug"}, {"TOKEN", "file:/run/token"}}));
  EXPECT_EQ(api.health, (Health{.cmd = {"/bin/check", "-q"}, .interval_ms = 10'000, .retries = 5}));
  EXPECT_EQ(spec.components[1].name, "web");
  EXPECT_EQ(spec.components[1].health, std::nullopt);
  EXPECT_TRUE(validate(spec)) << "what a file may say is what a service may be";
}

TEST(Definition, IsActiveUnlessItSaysOtherwise) {
  EXPECT_TRUE(read(kWhole).active);
  EXPECT_TRUE(read(std::string("active = true\n") + kWhole).active);
  EXPECT_FALSE(read(std::string("active = false\n") + kWhole).active);
}

TEST(Definition, WritingAndReadingGiveTheSameSpec) {
  ServiceSpec spec = read(kWhole);
  std::string text = render_definition(spec);
  EXPECT_EQ(read(text), spec) << text;
  EXPECT_EQ(render_definition(read(text)), text);

  ComponentSpec& odd = spec.components[1];
  odd.cmd = {"", "quote \" back \\ tab \t line \n ü \x7f \xe2\x80\xa8 'x' # no comment"};
  odd.env = {{"A", "text:file:x"}, {"_", "[x]\n"}};
  odd.volumes = {"/a b/ü:/c:ro"};
  odd.stop_timeout_ms = 1'500;
  odd.memory = kMinMemory + 1;
  odd.health = Health{
      .cmd = {"x"}, .interval_ms = 90'000, .timeout_ms = 250, .retries = 1, .start_period_ms = 7'200'000};
  spec.active = false;
  text = render_definition(spec);
  EXPECT_EQ(read(text), spec) << text;
}

TEST(Definition, EveryMistakeNamesPlaceAndRemedy) {
  struct Case {
    std::string text;
    std::string said;
    std::string hint;
  };
  const std::string top = "name = \"x\"\nnode = \"n\"\n";
  const std::string one = top + "[[components]]\nname = \"api\"\nimage = \"img:v1\"\n";
  const Case cases[] = {
      {"node = \"n\"\n[[components]]\nname = \"a\"\nimage = \"i\"\n",
       "/d/x.toml:1:1: the service has no name", "write name = "},
      {"name = \"n\"\n[[components]]\nname = \"a\"\nimage = \"i\"\n",
       "/d/x.toml:1:1: the service has no node", "write node = "},
      {top, "the service has no components", "write [[components]]"},
      {top + "components = []\n", "/d/x.toml:3:1: the service has no components", "write [[components]]"},
      {top + "[components]\nname = \"a\"\n", "components must be a list of tables", "write [[components]]"},
      {top + "components = [1]\n", "components must be a list of tables", "write [[components]]"},
      {top + "[[component]]\nname = \"a\"\n", "/d/x.toml:3:3: unknown key \"component\" in the service",
       "did you mean \"components\"?"},
      {one + "[[components]]\nname = \"api\"\nimage = \"i\"\n",
       "/d/x.toml:7:1: component \"api\" is there twice", "a name of its own"},
      {top + "[[components]]\nimage = \"i\"\n", "/d/x.toml:3:1: component 1 has no name", "write name = "},
      {top + "[[components]]\nname = \"a\"\n", "/d/x.toml:3:1: component \"a\" has no image",
       "write image = "},
      {one + "imagee = \"x\"\n", "/d/x.toml:6:1: unknown key \"imagee\" in component \"api\"",
       "did you mean \"image\"?"},
      {one + "zzz = 1\n", "unknown key \"zzz\" in component \"api\"", "known here: "},
      {one + "ports = 80\n",
       "/d/x.toml:6:9: component \"api\" ports: must be a list of strings, not an integer",
       "for example ports"},
      {one + "ports = [\"80\", \"x\"]\n", "component \"api\" ports: \"x\" is no port mapping", "write "},
      {one + "volumes = [\"x\"]\n", "component \"api\" volumes: \"x\" is no volume", "write "},
      {one + "restart = \"ever\"\n", "component \"api\" restart: \"ever\" is no restart policy",
       "on-failure"},
      {one + "memory = \"1K\"\n", "component \"api\" memory: \"1K\" is less than", "write "},
      {one + "memory = true\n", "component \"api\" memory: must be a size, not a boolean", "for example"},
      {one + "cpu = \"x\"\n", "component \"api\" cpu: \"x\" is no share of a processor", "for example"},
      {one + "pids = 0\n", "component \"api\" pids: 0 is less than 1", "write "},
      {one + "stop_timeout = 5\n", "component \"api\" stop_timeout: needs a unit", "for example"},
      {one + "env = { \"1\" = \"x\" }\n", "component \"api\" env \"1\": \"1\" is no name of a variable",
       "letters, digits"},
      {one + "env = { A = 1 }\n", "component \"api\" env \"A\": must be a string, not an integer",
       "write text"},
      {one + "health = \"x\"\n", "component \"api\" health: must be a table, not a string", "cmd"},
      {one + "[components.health]\ninterval = \"1s\"\n", "component \"api\" health has no cmd", "write cmd"},
      {one + "[components.health]\ncmd = [\"x\"]\nretrie = 1\n",
       "/d/x.toml:8:1: unknown key \"retrie\" in component \"api\" health", "did you mean \"retries\"?"},
      {"name = \"X\"\nnode = \"n\"\n[[components]]\nname = \"a\"\nimage = \"i\"\n",
       "/d/x.toml:1:8: the service name: \"X\" is no name", "1 to 63"},
      {"active = \"yes\"\n" + one, "/d/x.toml:1:10: the service active: must be true or false, not a string",
       "active = true"},
      {one + "image = \"y\"\n", "/d/x.toml:6:", "stands once"},
      {"name = \n", "/d/x.toml:1:", "KEY = VALUE"},
  };
  for (const auto& [text, said, hint] : cases) {
    auto errors = mistakes(text);
    ASSERT_FALSE(errors.empty()) << text;
    EXPECT_THAT(errors[0].message, HasSubstr(said));
    EXPECT_THAT(errors[0].message, ::testing::StartsWith("/d/x.toml:"));
    EXPECT_THAT(errors[0].hint, HasSubstr(hint)) << errors[0].message;
    // A misspelt [[components]] is missing too.
    EXPECT_LE(errors.size(), said.find("\"component\"") == std::string::npos ? 1u : 2u)
        << errors.back().message;
  }
}

TEST(Definition, AllMistakesAreReportedAtOnce) {
  EXPECT_EQ(
      mistakes("name = 1\nnode = \"\"\nx = 1\n[[components]]\nname = \"A\"\nimage = \"\"\nports = [\"\"]\n")
          .size(),
      6u);
}

TEST(Definition, LimitsHoldAtTheirEdge) {
  auto with = [](std::size_t components, std::size_t ports, std::size_t variables) {
    std::string text = "name = \"x\"\nnode = \"n\"\n";
    for (std::size_t i = 0; i < components; ++i)
      text += "[[components]]\nname = \"c" + std::to_string(i) + "\"\nimage = \"img\"\n";
    text += "ports = [";
    for (std::size_t i = 0; i < ports; ++i) text += "\"80\", ";
    text += "]\n[components.env]\n";
    for (std::size_t i = 0; i < variables; ++i) text += "V" + std::to_string(i) + " = \"x\"\n";
    return text;
  };
  EXPECT_EQ(read(with(kMaxComponents, kMaxPorts, kMaxVariables)).components.size(), kMaxComponents);
  EXPECT_THAT(mistakes(with(kMaxComponents + 1, 1, 1))[0].message, HasSubstr("more than 64 components"));
  EXPECT_THAT(mistakes(with(1, kMaxPorts + 1, 1))[0].message, HasSubstr("65 entries, at most 64"));
  EXPECT_THAT(mistakes(with(1, 1, kMaxVariables + 1))[0].message, HasSubstr("more than 256 variables"));

  std::string text = with(1, 1, 1);
  text += "#" + std::string(kMaxDefinitionBytes - text.size() - 1, 'x');
  EXPECT_EQ(read(text).name, "x");
  EXPECT_THAT(mistakes(text + "x")[0].message, HasSubstr("larger than 1048576 bytes"));
}

TEST(Definition, ActiveChangesNothingButItsOwnWord) {
  struct Case {
    std::string before;
    bool active;
    std::string after;
  };
  const std::string rest = "\n[[components]]  # true\nname = \"a\"\nimage = \"i:true\"\n# false\n";
  const Case cases[] = {
      {"name = \"x\" # é true\nnode = \"n\"\n  active\t=  true   # not false\n" + rest, false,
       "name = \"x\" # é true\nnode = \"n\"\n  active\t=  false   # not false\n" + rest},
      {"active = false\nname = \"x\"\nnode = \"n\"\n" + rest, true,
       "active = true\nname = \"x\"\nnode = \"n\"\n" + rest},
      {"active = true\nname = \"x\"\nnode = \"n\"\n" + rest, true,
       "active = true\nname = \"x\"\nnode = \"n\"\n" + rest},
      {"\"active\" = true\r\nname = \"x\"\r\nnode = \"n\"\r\n" + rest, false,
       "\"active\" = false\r\nname = \"x\"\r\nnode = \"n\"\r\n" + rest},
      {"# about\nname = \"x\"\nnode = \"n\"\n" + rest, false,
       "# about\nactive = false\nname = \"x\"\nnode = \"n\"\n" + rest},
      {"# about\r\nname = \"x\"\r\nnode = \"n\"\r\n" + rest, false,
       "# about\r\nactive = false\r\nname = \"x\"\r\nnode = \"n\"\r\n" + rest},
      {"name = \"x\"\nnode = \"n\"\n" + rest, true, "name = \"x\"\nnode = \"n\"\n" + rest},
      {"\xef\xbb\xbf"
       "active = true\nname = \"x\"\nnode = \"n\"\n" +
           rest,
       false,
       "\xef\xbb\xbf"
       "active = false\nname = \"x\"\nnode = \"n\"\n" +
           rest},
      {"\xef\xbb\xbfname = \"x\"\nnode = \"n\"\n" + rest, false,
       "\xef\xbb\xbf"
       "active = false\nname = \"x\"\nnode = \"n\"\n" +
           rest},
      {"node = \"n\"\nname = \"\"\"x\"\"\"\nactive = true" + rest, false,
       "node = \"n\"\nname = \"\"\"x\"\"\"\nactive = false" + rest},
  };
  for (const auto& [before, active, after] : cases) {
    auto changed = with_active("/d/x.toml", before, active);
    ASSERT_TRUE(changed) << before << changed.error().message;
    EXPECT_EQ(*changed, after);
    EXPECT_EQ(read(*changed).active, active);
    EXPECT_EQ(with_active("/d/x.toml", *changed, active), changed) << "again it changes nothing";
  }
}

TEST(Definition, ActiveOfABrokenFileIsNotTouched) {
  auto refused = with_active("/d/x.toml", "name = \"x\"\nactive = true\n", false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConfig);
  EXPECT_THAT(refused.error().message, ::testing::StartsWith("/d/x.toml:"));
}

}  // namespace
}  // namespace mcp::service
