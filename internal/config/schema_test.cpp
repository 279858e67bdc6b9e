#include "internal/config/schema.h"

#include <gtest/gtest.h>

namespace mcp::config {
namespace {

TEST(Schema, NamesTheEnvironmentVariableOfAKey) {
  Section section{.name = "serve", .help = "", .keys = {}};
  EXPECT_EQ(environment_variable(section, {.name = "max_body"}), "MCP_SERVE_MAX_BODY");
  EXPECT_EQ(environment_variable(section, {.name = "log.level"}), "MCP_SERVE_LOG_LEVEL");
}

TEST(Schema, TablesRepeatedSectionsAndFlagsHaveNoEnvironmentVariable) {
  Section serve{.name = "serve", .help = "", .keys = {}};
  Section servers{.name = "servers", .help = "", .repeated = true, .keys = {}};
  EXPECT_EQ(environment_variable(serve, {.name = "tokens", .type = Type::kSecretMap}), "");
  EXPECT_EQ(environment_variable(serve, {.name = "insecure_listen", .flag_only = true}), "");
  EXPECT_EQ(environment_variable(servers, {.name = "url"}), "");
}

TEST(Schema, AcceptsNamesOfOneTo24Characters) {
  EXPECT_TRUE(is_valid_name("a"));
  EXPECT_TRUE(is_valid_name("my-server-2"));
  EXPECT_TRUE(is_valid_name(std::string(24, 'x')));
  EXPECT_FALSE(is_valid_name(std::string(25, 'x')));
  EXPECT_FALSE(is_valid_name(""));
  EXPECT_FALSE(is_valid_name("My"));
  EXPECT_FALSE(is_valid_name("a_b"));
}

TEST(Schema, NormalisesNames) {
  EXPECT_EQ(normalise_name("My Server"), "my-server");
  EXPECT_EQ(normalise_name("@scope/server_files"), "scope-server-files");
  EXPECT_EQ(normalise_name("  --a--  "), "a");
  EXPECT_EQ(normalise_name("abcdefghijklmnopqrstuvw-yz"), "abcdefghijklmnopqrstuvw");
  EXPECT_EQ(normalise_name("日本"), "");
}

TEST(Value, ReadsDurations) {
  EXPECT_EQ(parse_duration_ms("0"), 0);
  EXPECT_EQ(parse_duration_ms("500ms"), 500);
  EXPECT_EQ(parse_duration_ms("30s"), 30'000);
  EXPECT_EQ(parse_duration_ms("10m"), 600'000);
  EXPECT_EQ(parse_duration_ms("2h"), 7'200'000);
  EXPECT_EQ(parse_duration_ms("1d"), 86'400'000);
  for (const char* wrong :
       {"", "5", "-1s", "1.5s", "1 s", "s", "1w", "99999999999999999s", "9223372036854775808ms"}) {
    EXPECT_FALSE(parse_duration_ms(wrong)) << wrong;
  }
}

TEST(Value, ReadsSizes) {
  EXPECT_EQ(parse_size_bytes("4096"), 4096);
  EXPECT_EQ(parse_size_bytes("64K"), 65536);
  EXPECT_EQ(parse_size_bytes("16M"), 16 << 20);
  EXPECT_EQ(parse_size_bytes("1G"), 1 << 30);
  for (const char* wrong : {"", "M", "-1", "1k", "1MB", "9999999999999G"})
    EXPECT_FALSE(parse_size_bytes(wrong)) << wrong;
}

}  // namespace
}  // namespace mcp::config
