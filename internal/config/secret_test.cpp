#include "internal/config/secret.h"

#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "internal/base/fake_env.h"
#include "internal/config/text_template.h"

namespace mcp::config {
namespace {

struct SecretTest : testing::Test {
  SecretTest() {
    env.environment = {{"TOKEN", "t0p"}, {"EMPTY", ""}, {"HOME", "/home/me"}};
    env.files["/run/token"] = "from-file\n";
  }
  std::string resolved(std::string_view text) { return resolve_secret(env, text).value_or("?"); }
  FakeEnv env;
};

TEST_F(SecretTest, ComesFromAFileAVariableOrATemplate) {
  EXPECT_EQ(resolved("file:/run/token"), "from-file");
  EXPECT_EQ(resolved("env:TOKEN"), "t0p");
  EXPECT_EQ(resolved("plain"), "plain");
  EXPECT_EQ(resolved("Bearer ${TOKEN}"), "Bearer t0p");
  EXPECT_EQ(resolved("Bearer ${env:TOKEN}"), "Bearer t0p");
  EXPECT_EQ(resolved("${file:/run/token}!"), "from-file!");
}

// To wait for a writer would hold up everything.
TEST_F(SecretTest, IsNotReadFromAPipeOrADevice) {
  std::string pipe = ::testing::TempDir() + "secret-pipe-" + std::to_string(::getpid());
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (const std::string& path : {pipe, std::string("/dev/zero")}) {
    auto read = resolve_secret(real_env(), "file:" + path);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::kConfig);
    EXPECT_EQ(read.error().message, "secret file: " + path + " is not a regular file");
    EXPECT_EQ(resolve_secret(real_env(), "x${file:" + path + "}").error().message, read.error().message);
  }
  ServerEntry entry;
  entry.name = "s";
  entry.env_file = pipe;
  EXPECT_EQ(resolve_environment(real_env(), entry).error().message,
            "server \"s\": env_file: " + pipe + " is not a regular file");
  ::unlink(pipe.c_str());
}

TEST_F(SecretTest, NamesTheFilesItIsReadFrom) {
  EXPECT_EQ(files_of_secret("file:/run/token"), std::vector<std::string>{"/run/token"});
  EXPECT_EQ(files_of_secret("Bearer ${file:/a} ${B} ${file:/c}"), (std::vector<std::string>{"/a", "/c"}));
  EXPECT_TRUE(files_of_secret("env:TOKEN").empty());
  EXPECT_TRUE(files_of_secret("text:file:/run/token").empty());
  ServerEntry entry;
  entry.env_file = "/env";
  entry.env = {{"A", "file:/a"}, {"B", "plain"}};
  entry.headers = {{"H", "Bearer ${file:/h}"}};
  EXPECT_EQ(secret_files(entry), (std::vector<std::string>{"/env", "/a", "/h"}));
}

TEST_F(SecretTest, ADigestChangesWithWhatIsReadAndWithNothingElse) {
  ServerEntry entry;
  entry.env = {{"A", "file:/run/token"}};
  entry.headers = {{"H", "${TOKEN}"}};
  std::string before = secrets_digest(env, entry);
  EXPECT_EQ(secrets_digest(env, entry), before);
  env.environment["UNRELATED"] = "x";
  EXPECT_EQ(secrets_digest(env, entry), before);
  env.files["/run/token"] = "rotated";
  std::string rotated = secrets_digest(env, entry);
  EXPECT_NE(rotated, before);
  env.files.erase("/run/token");
  EXPECT_NE(secrets_digest(env, entry), rotated) << "what cannot be read is something else";
  EXPECT_EQ(secrets_digest(env, entry).find("rotated"), std::string::npos);
}

TEST_F(SecretTest, DefaultsReplaceMissingAndEmptyVariables) {
  EXPECT_EQ(resolved("${NONE:-a}${EMPTY:-b}${TOKEN:-c}${env:NONE:-}"), "abt0p");
}

TEST_F(SecretTest, TextAndDoubledDollarsAreLiteral) {
  EXPECT_EQ(resolved("text:file:/run/token"), "file:/run/token");
  EXPECT_EQ(resolved("$${TOKEN} costs $5"), "${TOKEN} costs $5");
  EXPECT_EQ(resolved(escape_template("a ${b} ${c:-d}")), "a ${b} ${c:-d}");
}

TEST_F(SecretTest, AMissingVariableOrFileIsNamedWithoutAnyContent) {
  auto variable = resolve_secret(env, "env:NONE");
  ASSERT_FALSE(variable);
  EXPECT_EQ(variable.error().message, "environment variable \"NONE\" is not set");
  auto file = resolve_secret(env, "file:/none");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().message, "secret file: open /none: No such file or directory");
}

TEST_F(SecretTest, RefusesAFileOneByteOverTheLimit) {
  env.files["/big"] = std::string(64 * 1024, 'x');
  EXPECT_TRUE(resolve_secret(env, "file:/big"));
  env.files["/big"] += 'x';
  EXPECT_FALSE(resolve_secret(env, "file:/big"));
}

TEST_F(SecretTest, IsNeverShown) {
  EXPECT_EQ(shown_secret("file:/run/token"), "file:/run/token");
  EXPECT_EQ(shown_secret("env:TOKEN"), "env:TOKEN");
  EXPECT_EQ(shown_secret("s3cret"), "(hidden)");
  EXPECT_EQ(shown_secret("text:s3cret"), "(hidden)");
  EXPECT_EQ(shown_secret("Bearer ${TOKEN}"), "Bearer ${TOKEN}");
  EXPECT_EQ(shown_secret("s3cret${TOKEN}"), "(hidden)${TOKEN}");
  EXPECT_EQ(shown_secret("${TOKEN:-s3cret}"), "${TOKEN:-(hidden)}");
  EXPECT_EQ(shown_secret("${broken"), "(hidden)");
}

TEST_F(SecretTest, WrongReplacementsAreNamed) {
  struct Case {
    const char* text;
    const char* message;
  };
  for (const auto& [text, message] : {
           Case{"${input:key}", "\"${input:key}\" asks a person, and nobody is asked here"},
           Case{"${command:x}", "\"${command:x}\" is not understood"},
           Case{"${file:relative}", "\"${file:relative}\" is not understood"},
           Case{"secret${", "a \"${\" is never closed"},
           Case{"${1x}", "\"${1x}\" is not understood"},
           Case{"${}", "\"${}\" is not understood"},
           Case{"file:", "\"file:\" names no file"},
           Case{"env:", "\"env:\" names no variable"},
       }) {
    auto right = check_secret(text);
    ASSERT_FALSE(right) << text;
    EXPECT_EQ(right.error().message, message);
    EXPECT_FALSE(right.error().hint.empty());
  }
}

TEST_F(SecretTest, RelativeFilesAreRelativeToTheFileThatNamesThem) {
  EXPECT_EQ(anchor_secret(env, "/etc/mcp", "file:token"), "file:/etc/mcp/token");
  EXPECT_EQ(anchor_secret(env, "/etc/mcp", "file:/run/token"), "file:/run/token");
  EXPECT_EQ(anchor_secret(env, "/etc/mcp", "file:~/token"), "file:/home/me/token");
  EXPECT_EQ(anchor_secret(env, "/etc/mcp", "env:token"), "env:token");
}

TEST_F(SecretTest, EnvironmentOfAServerJoinsEnvFileAndEnv) {
  env.files["/x/.env"] = "# comment\nexport A=1\n\nB = \"two words\"\r\nTOKEN='old'\n";
  ServerEntry entry;
  entry.name = "files";
  entry.env_file = "/x/.env";
  entry.env = {{"TOKEN", "env:TOKEN"}};
  auto variables = resolve_environment(env, entry);
  ASSERT_TRUE(variables) << variables.error().message;
  EXPECT_EQ(*variables,
            (std::map<std::string, std::string>{{"A", "1"}, {"B", "two words"}, {"TOKEN", "t0p"}}));
}

TEST_F(SecretTest, AWrongLineOfAnEnvFileIsNamedWithoutItsContent) {
  env.files["/x/.env"] = "A=1\ns3cret\n";
  ServerEntry entry;
  entry.name = "files";
  entry.env_file = "/x/.env";
  auto variables = resolve_environment(env, entry);
  ASSERT_FALSE(variables);
  EXPECT_EQ(variables.error().message, "server \"files\": /x/.env:2: not a NAME=VALUE line");
}

TEST_F(SecretTest, AHeaderCannotSmuggleAnother) {
  env.environment["EVIL"] = "a\r\nX-Evil: 1";
  ServerEntry entry;
  entry.name = "web";
  entry.headers = {{"Authorization", "env:EVIL"}};
  auto headers = resolve_headers(env, entry);
  ASSERT_FALSE(headers);
  EXPECT_EQ(headers.error().message, "server \"web\": header Authorization: the value has a line end in it");
}

}  // namespace
}  // namespace mcp::config
