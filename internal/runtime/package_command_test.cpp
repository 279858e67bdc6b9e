#include "internal/runtime/package_command.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/base/strings.h"

namespace mcp::runtime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Words = std::vector<std::string>;

// "npx -y x": the words of a command line without quotes.
Words words_of(std::string_view line) {
  Words words;
  for (std::string_view word : split(line, ' ')) words.emplace_back(word);
  return words;
}

Result<std::optional<PackageCommand>> parsed(std::string_view line) {
  Words words = words_of(line);
  return parse_package_command(words[0], {words.begin() + 1, words.end()});
}

PackageCommand wanted(std::string_view line) {
  auto found = parsed(line);
  EXPECT_TRUE(found && *found) << line << (found ? "" : ": " + found.error().message);
  return found && *found ? **found : PackageCommand{};
}

TEST(PackageCommand, TakesThePackageOfNpxAndLeavesTheRestToTheProgram) {
  auto files = wanted("npx -y @s/server-filesystem@1.2 /home/me/notes -v --yes -- x");
  EXPECT_EQ(files.tool, PackageCommand::Tool::kNpm);
  EXPECT_THAT(files.specs, ElementsAre("@s/server-filesystem@1.2"));
  EXPECT_EQ(files.program, "");
  EXPECT_THAT(files.args, ElementsAre("/home/me/notes", "-v", "--yes", "--", "x"));
  EXPECT_THAT(wanted("npx server").args, IsEmpty());
  EXPECT_EQ(wanted("/n/bin/npx --yes server").runner, "/n/bin/npx");
}

TEST(PackageCommand, TakesTheProgramThatStandsBehindPackages) {
  auto two = wanted("npx --package=a@1 -p b -y run it");
  EXPECT_THAT(two.specs, ElementsAre("a@1", "b"));
  EXPECT_EQ(two.program, "run");
  EXPECT_THAT(two.args, ElementsAre("it"));
}

TEST(PackageCommand, TakesNpmExecWithItsDashes) {
  auto one = wanted("npm exec --yes server -- --flag");
  EXPECT_THAT(one.specs, ElementsAre("server"));
  EXPECT_THAT(one.args, ElementsAre("--flag"));
  auto other = wanted("npm x -- server --flag");
  EXPECT_THAT(other.args, ElementsAre("--flag"));
}

TEST(PackageCommand, PassesOnWhatTheInstallNeeds) {
  EXPECT_THAT(wanted("npx --registry https://r.example -y a").options,
              ElementsAre("--registry=https://r.example"));
  EXPECT_THAT(wanted("npx --registry=https://r.example a").options,
              ElementsAre("--registry=https://r.example"));
  EXPECT_THAT(wanted("uvx --with pandas --python 3.12 a").options,
              ElementsAre("--with=pandas", "--python=3.12"));
}

TEST(PackageCommand, TakesUvxAndPipxAsTheyWriteVersions) {
  auto git = wanted("uvx mcp-server-git --repository /repo");
  EXPECT_EQ(git.tool, PackageCommand::Tool::kUv);
  EXPECT_THAT(git.specs, ElementsAre("mcp-server-git"));
  EXPECT_EQ(git.program, "mcp-server-git");
  EXPECT_THAT(git.args, ElementsAre("--repository", "/repo"));
  EXPECT_THAT(wanted("uvx mcp-server-git@1.2.3").specs, ElementsAre("mcp-server-git==1.2.3"));
  EXPECT_THAT(wanted("uvx mcp-server-git@latest").specs, ElementsAre("mcp-server-git"));
  EXPECT_EQ(wanted("uvx mcp[cli]==1").program, "mcp");
  auto from = wanted("uv tool run --from git+https://h/x serena start");
  EXPECT_THAT(from.specs, ElementsAre("git+https://h/x"));
  EXPECT_EQ(from.program, "serena");
  EXPECT_THAT(from.args, ElementsAre("start"));
  auto pipx = wanted("pipx run --spec pkg==2 tool");
  EXPECT_EQ(pipx.tool, PackageCommand::Tool::kPipx);
  EXPECT_THAT(pipx.specs, ElementsAre("pkg==2"));
  EXPECT_EQ(pipx.program, "tool");
}

TEST(PackageCommand, LeavesOtherCommandsAlone) {
  for (const char* line :
       {"node x.js", "npm run start", "uv run server.py", "pipx list", "npm install x", "bun x.ts"})
    EXPECT_FALSE(parsed(line).value().has_value()) << line;
}

TEST(PackageCommand, NamesWhatItCannotTakeApart) {
  struct Case {
    const char* line;
    const char* message;
  };
  for (const Case& one :
       {Case{"bunx server", "downloads its package at every start"},
        Case{"pnpm dlx server", "downloads its package at every start"},
        Case{"npx -c server", "\"-c\" is not understood"}, Case{"npx -y", "names no program"},
        Case{"npx -p a", "names no program"}, Case{"npx --package", "\"--package\" lacks its value"},
        Case{"npx ./server", "is a folder, not a package"},
        Case{"uvx --from", "\"--from\" lacks its value"}}) {
    auto found = parsed(one.line);
    ASSERT_FALSE(found) << one.line;
    EXPECT_EQ(found.error().code, ErrorCode::kUnsupported);
    EXPECT_THAT(found.error().message, HasSubstr(one.message));
    EXPECT_THAT(found.error().hint, HasSubstr("profile = \"none\""));
  }
}

TEST(PackageCommand, IsPinnedWhenOneVersionIsMeant) {
  for (const char* line : {"npx @s/a@1.2.3", "npx a@1.2.3-beta.1", "uvx a@1.2", "uvx --from a==1 b"})
    EXPECT_TRUE(is_pinned(wanted(line))) << line;
  for (const char* line : {"npx a", "npx @s/a", "npx a@latest", "npx a@^1.2.3", "npx a@1", "npx a@1.2.x",
                           "uvx a", "uvx a@latest", "npx -p a@1.2.3 -p b run"})
    EXPECT_FALSE(is_pinned(wanted(line))) << line;
}

TEST(PackageCommand, HasAFolderOfItsOwnForAllThatMatters) {
  EXPECT_THAT(key_of(wanted("npx @s/a@1.2.3")), testing::StartsWith("@s+a@1.2.3-"));
  EXPECT_EQ(key_of(wanted("npx -y a x y")), key_of(wanted("npx a")));
  std::set<std::string> keys;
  for (const char* line :
       {"npx a", "npx a@1", "uvx a", "pipx run a", "npx -p a -p b a", "npx --registry=https://r a"})
    keys.insert(key_of(wanted(line)));
  EXPECT_EQ(keys.size(), 6u);
  for (const char* line : {"npx ../../x/../y", "npx -p ../../etc/passwd run", "npx https://h/x.tgz"}) {
    auto found = parsed(line);
    if (!found || !*found) continue;
    EXPECT_EQ(key_of(**found).find('/'), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace mcp::runtime
