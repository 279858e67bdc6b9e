#include "internal/config/render.h"

#include <gtest/gtest.h>

#include "internal/config/load.h"
#include "internal/config/server_entry.h"

namespace mcp::config {
namespace {

struct RenderTest : testing::Test {
  Document parse(const std::string& text) {
    auto document = parse_file(schema, "/x/mcp.toml", text, report);
    EXPECT_TRUE(report.ok()) << report.errors()[0].message;
    return document;
  }
  Schema schema{{{.name = "serve",
                  .help = "",
                  .keys = {{.name = "listen", .fallback = "127.0.0.1:8080"},
                           {.name = "tokens", .type = Type::kSecretMap}}},
                 servers_section({"time"})}};
  Report report;
};

constexpr const char* kText = R"([serve]
listen = "127.0.0.1:1"
[serve.tokens]
alice = "file:/run/alice"
bob = "s3cret"

[servers.files]
command = "a \"b\"\n\u007f"
args = ["x", "y"]
required = true
tools.deny = ["set_*"]
[servers.files.env]
"odd key" = "Bearer ${T}"
)";

TEST_F(RenderTest, TomlWithSecretsIsReadBackTheSame) {
  auto document = parse(kText);
  RenderOptions options{.defaults = false, .secrets = true};
  auto once = render_toml(schema, document, options);
  EXPECT_EQ(once, render_toml(schema, parse(once), options));
  EXPECT_NE(once.find("bob = \"s3cret\""), std::string::npos);
}

TEST_F(RenderTest, SecretsAreHiddenInTomlAndJson) {
  auto document = parse(kText);
  for (const auto& text :
       {render_toml(schema, document, {.origin = true}), render_json(schema, document, {.origin = true})}) {
    EXPECT_EQ(text.find("s3cret"), std::string::npos) << text;
    EXPECT_NE(text.find("(hidden)"), std::string::npos);
    EXPECT_NE(text.find("file:/run/alice"), std::string::npos);
  }
}

TEST_F(RenderTest, OriginsAreCommentsInTomlAndMembersInJson) {
  auto document = parse("[serve]\nlisten = \"a:1\"\n");
  EXPECT_EQ(render_toml(schema, document, {.origin = true}),
            "[serve]\nlisten = \"a:1\"  # /x/mcp.toml:2:1\n");
  EXPECT_EQ(render_json(schema, document, {.origin = true}),
            "{\n  \"serve\": {\n    \"listen\": {\n      \"value\": \"a:1\",\n      \"origin\": "
            "\"/x/mcp.toml:2:1\"\n    }\n  }\n}\n");
}

TEST_F(RenderTest, DefaultsAreLeftOutWhenNotAskedFor) {
  Document document;
  document.fill_defaults(schema);
  EXPECT_EQ(render_toml(schema, document, {.defaults = false}), "");
  EXPECT_EQ(render_toml(schema, document, {}), "[serve]\nlisten = \"127.0.0.1:8080\"\n");
}

}  // namespace
}  // namespace mcp::config
