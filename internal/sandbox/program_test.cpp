#include "internal/sandbox/program.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/sandbox/paths.h"

namespace mcp::sandbox {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// A tree of its own under /var/tmp, which no system folder covers.
class ProgramTest : public testing::Test {
 protected:
  ProgramTest() {
    char name[] = "/var/tmp/mcp-program-XXXXXX";
    root_ = ::mkdtemp(name);
  }
  ~ProgramTest() override { std::filesystem::remove_all(root_); }

  std::string folder(const std::string& path) {
    std::filesystem::create_directories(root_ + path);
    return root_ + path;
  }
  std::string file(const std::string& path, const std::string& content = "x\n") {
    folder(path.substr(0, path.rfind('/')));
    std::ofstream(root_ + path) << content;
    return root_ + path;
  }
  std::string program(const std::string& path, const std::string& content = "#!/bin/sh\n") {
    ::chmod(file(path, content).c_str(), 0755);
    return root_ + path;
  }
  std::string link(const std::string& path, const std::string& to) {
    folder(path.substr(0, path.rfind('/')));
    EXPECT_EQ(::symlink(to.c_str(), (root_ + path).c_str()), 0);
    return root_ + path;
  }

  // Paths below root_, in order.
  std::vector<std::string> shown(Command command) {
    if (command.home.empty()) command.home = "/none";
    std::vector<std::string> out;
    for (const Grant& grant : program_grants(command).shown) {
      EXPECT_FALSE(grant.write);
      bool ours = grant.path.starts_with(root_);
      out.push_back(ours ? grant.path.substr(root_.size()) : grant.path);
    }
    return out;
  }
  std::vector<std::string> script(const std::string& interpreter, const std::string& path) {
    return shown({interpreter, "/usr/bin:/bin", "", "", {"--flag", path, root_ + "/data"}});
  }

  std::string root_;
};

TEST_F(ProgramTest, ShowsTheFolderOfACommandAndTheLibrariesBesideIt) {
  folder("/env/lib");
  folder("/env/share");
  folder("/env/other");
  EXPECT_THAT(shown({program("/env/bin/tool"), "", "", ""}),
              ElementsAre("/env/bin", "/env/lib", "/env/share"));
}

TEST_F(ProgramTest, ShowsEveryLinkOnTheWayToAProgram) {
  program("/pkg/dist/index.js");
  link("/versions/current", "../pkg/dist/index.js");
  link("/.bin/tool", root_ + "/versions/current");
  EXPECT_THAT(shown({"tool", "/nowhere:" + root_ + "/.bin", "", ""}),
              ElementsAre("/.bin", "/versions", "/pkg/dist"));
}

TEST_F(ProgramTest, EndsWithACircleOfLinks) {
  link("/a/x", "../b/x");
  link("/b/x", "../a/x");
  EXPECT_THAT(shown({root_ + "/a/x", "", "", ""}), UnorderedElementsAre("/a", "/b"));
}

TEST_F(ProgramTest, ShowsAllThatAShimLooksThrough) {
  EXPECT_THAT(shown({program("/pyenv/shims/python3"), "", "", ""}), ElementsAre("/pyenv"));
}

TEST_F(ProgramTest, ShowsTheInterpreterThatAFirstLineNames) {
  folder("/node/lib");
  program("/node/bin/node", "\177ELF");
  EXPECT_THAT(shown({program("/app/tool", "#!/usr/bin/env node\n"), root_ + "/node/bin:/usr/bin", "", ""}),
              ElementsAre("/app", "/node/bin", "/node/lib"));
  EXPECT_THAT(shown({program("/app/tool", "#!" + root_ + "/node/bin/node --flag\n"), "", "", ""}),
              ElementsAre("/app", "/node/bin", "/node/lib"));
}

// As pipx and uv lay it out: ~/.local/bin/x -> ~/.local/share/…/venvs/x/bin/x, run by a python of pyenv's.
TEST_F(ProgramTest, ShowsAVirtualEnvironmentBehindALinkAndThePythonBehindThat) {
  std::string venv = "/me/.local/share/pipx/venvs/x";
  folder(venv + "/lib");
  file(venv + "/pyvenv.cfg");
  folder("/me/.pyenv/versions/3.11/lib");
  program("/me/.pyenv/versions/3.11/bin/python3.11", "\177ELF");
  link(venv + "/bin/python", root_ + "/me/.pyenv/versions/3.11/bin/python3.11");
  program(venv + "/bin/x", "#!" + root_ + venv + "/bin/python\n");
  link("/me/.local/bin/x", root_ + venv + "/bin/x");
  folder("/me/.local/share/keyrings");
  folder("/me/.local/lib");
  EXPECT_THAT(
      shown({root_ + "/me/.local/bin/x", "/usr/bin", "", root_ + "/me"}),
      ElementsAre("/me/.local/bin", "/me/.local/lib", venv + "/bin", venv + "/lib", venv + "/pyvenv.cfg",
                  "/me/.pyenv/versions/3.11/bin", "/me/.pyenv/versions/3.11/lib"));
}

TEST_F(ProgramTest, NeverShowsAHomeDirectoryAsAWhole) {
  folder("/me/lib");
  std::string home = root_ + "/me";
  EXPECT_THAT(shown({program("/me/tool"), "", "", home}), ElementsAre("/me/tool"));
  EXPECT_THAT(shown({program("/me/bin/tool"), "", "", home}), ElementsAre("/me/bin"));
  EXPECT_THAT(shown({program("/me/shims/tool"), "", "", home}), ElementsAre("/me/shims"));
  EXPECT_THAT(shown({"sh", "/bin", home, home}), IsEmpty());
  EXPECT_THAT(shown({"sh", "/bin", "", home, {home, root_}, true}), IsEmpty());
  file("/me/package.json", "{\"name\": \"me\"}");
  EXPECT_THAT(shown({"node", "/usr/bin", "", home, {file("/me/x.js")}}), ElementsAre("/me/x.js"));
}

TEST(IsTooMuch, IsEveryHomeAndEveryFolderAboveOne) {
  for (const char* path : {"/", "/home", "/home/", "/home/you", "/root", "/etc", "/proc", "/tmp", "/var",
                           "/var/lib", "/boot", "/run/user", "/run/user/1000", "/a", "/a/me", "/a/me/"})
    EXPECT_TRUE(is_too_much(path, "/a/me")) << path;
  for (const char* path :
       {"/home/you/notes", "/a/me/notes", "/a/you", "/var/lib/x", "/etc/nginx", "/run/user/1000/x"})
    EXPECT_FALSE(is_too_much(path, "/a/me")) << path;
}

TEST_F(ProgramTest, AddsNothingForTheSystemsPrograms) {
  EXPECT_THAT(shown({"sh", "/usr/bin:/bin", "", ""}), IsEmpty());
  EXPECT_THAT(shown({"no-such-command", "/usr/bin", "", ""}), IsEmpty());
}

TEST_F(ProgramTest, ShowsTheWorkingDirectory) {
  EXPECT_THAT(shown({"sh", "/bin", folder("/work"), ""}), ElementsAre("/work"));
}

TEST_F(ProgramTest, ShowsAScriptWithItsProject) {
  folder("/data");
  file("/app/package.json", "{ \"name\": \"app\" }");
  file("/app/dist/package.json", "{ \"type\": \"module\" }");
  EXPECT_THAT(script("node", file("/app/dist/index.js")), ElementsAre("/app"));
  file("/py/pyproject.toml");
  EXPECT_THAT(script("python3.11", file("/py/src/app/main.py")), ElementsAre("/py"));
  EXPECT_THAT(script("python3", file("/alone/server.py")), ElementsAre("/alone"));
}

TEST_F(ProgramTest, ShowsEveryFolderThatNodeLooksForModulesIn) {
  file("/top/node_modules/@s/server/package.json", "{\"name\":\"@s/server\"}");
  folder("/node_modules");
  EXPECT_THAT(script("node", file("/top/node_modules/@s/server/dist/index.js")),
              UnorderedElementsAre("/top/node_modules", "/node_modules"));
}

TEST_F(ProgramTest, TakesTheFirstFileAmongTheArgumentsForTheScript) {
  folder("/data");
  EXPECT_THAT(shown({"node", "/usr/bin", "", "", {"--inspect", "no-file", file("/a/x.js"), file("/b/y.js")}}),
              ElementsAre("/a"));
  EXPECT_THAT(shown({"python3", "/usr/bin", "", "", {"-c", "pass", root_ + "/a/x.js"}}), IsEmpty());
  EXPECT_THAT(shown({"cat", "/usr/bin", "", "", {root_ + "/a/x.js"}}), IsEmpty());
  EXPECT_THAT(shown({"node", "/usr/bin", root_ + "/b", "", {"y.js"}}), ElementsAre("/b"));
}

TEST_F(ProgramTest, ShowsArgumentsOnlyWhereThatWasSaid) {
  Command command{
      "cat", "/bin", "", "", {folder("/notes"), "--db=" + file("/data/x.db"), "/no/such", "/usr", "text"}};
  EXPECT_THAT(shown(command), IsEmpty());
  command.show_arguments = true;
  EXPECT_THAT(shown(command), ElementsAre("/notes", "/data/x.db"));
}

TEST_F(ProgramTest, ShowsWhatIsNamedInAHomeThatIsNotShown) {
  folder("/me/notes");
  Command command{"cat", "/bin", root_ + "/me", root_ + "/me", {"notes", "missing", ".", "-x"}, true};
  EXPECT_THAT(shown(command), ElementsAre("/me/notes"));
}

TEST_F(ProgramTest, ShowsAPackageAsAWhole) {
  Command command{program("/pkg/g-1/node_modules/.bin/x"), "", "", ""};
  command.package = root_ + "/pkg/g-1";
  EXPECT_THAT(shown(command), ElementsAre("/pkg/g-1"));
}

// What a server writes must not widen what its next start is shown.
TEST_F(ProgramTest, FollowsNoLinkOutOfWhatAServerMayWrite) {
  file("/keys/id");
  std::string server = file("/ws/app/server.py");
  for (const char* at : {"/ws/node_modules", "/ws/app/node_modules"}) {
    link(at, root_ + "/keys");
    Command command{"python3", "/usr/bin", "", "", {server}};
    command.written = {root_ + "/ws"};
    EXPECT_THAT(shown(command), ElementsAre("/ws/app")) << at;
    std::filesystem::remove(root_ + at);
  }
  link("/ws/node_modules", root_ + "/keys");
  Command command{"python3", "/usr/bin", "", "", {server}};
  EXPECT_THAT(shown(command), UnorderedElementsAre("/ws/app", "/ws/node_modules")) << "the user's own link";
  command.written = {root_ + "/ws"};
  auto refused = program_grants(command).refused;
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused[0].path, root_ + "/ws/node_modules");
  EXPECT_NE(refused[0].why.find("which a server may write"), std::string::npos);
  command.named = {root_ + "/keys"};
  EXPECT_THAT(shown(command), UnorderedElementsAre("/ws/app", "/ws/node_modules")) << "shown anyway";
}

TEST_F(ProgramTest, LetsLinksLeadAboutInWhatAServerMayWrite) {
  file("/ws/store/m/index.js");
  link("/ws/node_modules", "store");
  Command command{"node", "/usr/bin", "", "", {file("/ws/app/server.js")}};
  command.written = {root_ + "/ws"};
  EXPECT_THAT(shown(command), UnorderedElementsAre("/ws/app", "/ws/node_modules"));
}

TEST_F(ProgramTest, TakesNoScriptProgramOrEnvironmentFromALinkThatAServerMayHaveMade) {
  program("/keys/bin/python3", "\177ELF");
  folder("/keys/lib");
  file("/keys/cfg");
  program("/ws/bin/tool", "\177ELF");
  link("/ws/pyvenv.cfg", root_ + "/keys/cfg");
  link("/ws/lib", root_ + "/keys");
  Command tool{root_ + "/ws/bin/tool", "/usr/bin", "", ""};
  tool.written = {root_ + "/ws"};
  EXPECT_THAT(shown(tool), ElementsAre("/ws/bin"));
  link("/ws/venv/bin/python3", root_ + "/keys/bin/python3");
  Command venv{root_ + "/ws/venv/bin/python3", "/usr/bin", "", ""};
  venv.written = {root_ + "/ws"};
  EXPECT_THAT(shown(venv), ElementsAre("/ws/venv/bin"));
  venv.path = root_ + "/keys/bin:/usr/bin";
  EXPECT_THAT(shown(venv), ElementsAre("/ws/venv/bin", "/keys/bin", "/keys/lib")) << "PATH names it";
  venv.path = root_ + "/ws/venv/bin:/usr/bin";
  EXPECT_THAT(shown(venv), ElementsAre("/ws/venv/bin")) << "by way of the same link";
  link("/ws/app/server.py", root_ + "/keys/cfg");
  Command script{"python3", "/usr/bin", "", "", {root_ + "/ws/app/server.py"}};
  script.written = {root_ + "/ws"};
  EXPECT_THAT(shown(script), ElementsAre("/ws/app"));
}

TEST_F(ProgramTest, BelievesNoFirstLineThatAServerMayHaveWritten) {
  program("/keys/bin/python3", "\177ELF");
  program("/keys/bin/other", "\177ELF");
  auto by = [this](const std::string& line, const std::string& path) {
    Command command{program("/ws/tool", line), path, "", ""};
    command.written = {root_ + "/ws"};
    return shown(command);
  };
  std::string keys = root_ + "/keys/bin";
  EXPECT_THAT(by("#!" + keys + "/python3\n", "/usr/bin"), ElementsAre("/ws"));
  EXPECT_THAT(by("#!" + keys + "/python3\n", keys), ElementsAre("/ws", "/keys/bin"));
  EXPECT_THAT(by("#!/usr/bin/env python3\n", keys), ElementsAre("/ws", "/keys/bin"));
  EXPECT_THAT(by("#!/usr/bin/env other\n", keys), ElementsAre("/ws")) << "no interpreter";
}

TEST_F(ProgramTest, LetsThePackageOfAnInstallScriptLeadToNothingButAnInterpreter) {
  file("/keys/id");
  program("/pythons/bin/python3.11", "\177ELF");
  folder("/pythons/lib");
  link("/pkg/bin/x", root_ + "/keys/id");
  Command command{root_ + "/pkg/bin/x", "/usr/bin", "", ""};
  command.package = root_ + "/pkg";
  EXPECT_THAT(shown(command), ElementsAre("/pkg"));
  link("/pkg/bin/python", root_ + "/pythons/bin/python3.11");
  command.file = program("/pkg/bin/y", "#!" + root_ + "/pkg/bin/python\n");
  EXPECT_THAT(shown(command), ElementsAre("/pkg", "/pythons/bin", "/pythons/lib"));
}

TEST_F(ProgramTest, WaitsForNoPipeInTheManifestsPlace) {
  folder("/ws");
  ASSERT_EQ(::mkfifo((root_ + "/ws/package.json").c_str(), 0644), 0);
  EXPECT_THAT(script("node", file("/ws/x.js")), ElementsAre("/ws"));
}

TEST_F(ProgramTest, ShowsNoLinkToWhatIsNeverShownAsAWhole) {
  folder("/me/notes");
  std::string home = root_ + "/me";
  for (const std::string& to : {home, std::string("/etc"), std::string("/proc"), std::string("/run"),
                                std::string("/var/lib"), std::string("/boot")}) {
    std::filesystem::remove(root_ + "/link");
    Command command{"cat", "/bin", "", home, {link("/link", to)}, true};
    EXPECT_THAT(shown(command), IsEmpty()) << to;
    Command tool{root_ + "/link/tool", "/bin", root_ + "/link", home};
    EXPECT_THAT(shown(tool), IsEmpty()) << to;
  }
  // The home may be a link itself.
  link("/home", home);
  EXPECT_THAT(shown({"cat", "/bin", "", root_ + "/home", {home}, true}), IsEmpty());
  EXPECT_THAT(shown({"cat", "/bin", "", root_ + "/home", {home + "/notes"}, true}), ElementsAre("/me/notes"));
}

TEST_F(ProgramTest, ShowsNoArgumentThatIsNoFileOrFolder) {
  folder("/x");
  ASSERT_EQ(::mkfifo((root_ + "/x/pipe").c_str(), 0644), 0);
  Command command{"cat", "/bin", "", "", {"--to=" + root_ + "/x/pipe"}, true};
  EXPECT_THAT(shown(command), IsEmpty());
  EXPECT_EQ(program_grants(command).refused.size(), 1u);
}

TEST(PathInArgument, IsOneThatTheArgumentIsOrEndsWith) {
  EXPECT_EQ(path_in_argument("/a/b/../c/"), "/a/c");
  EXPECT_EQ(path_in_argument("--db=/a/x.db"), "/a/x.db");
  EXPECT_EQ(path_in_argument("text"), "");
  EXPECT_EQ(path_in_argument("a = b =/x"), "");
  EXPECT_EQ(path_in_argument("https://host/x?y=z"), "");
}

TEST_F(ProgramTest, NeedsTheCurrentDirectoryOnlyForWhatIsRelativeToIt) {
  file("/here/server.js");
  folder("/here/pkg");
  std::string here = root_ + "/here";
  EXPECT_EQ(needed_directory("node", {"server.js"}, here), here);
  EXPECT_EQ(needed_directory("./server.js", {}, here), here);
  EXPECT_EQ(needed_directory("python3", {"-m", "pkg.server"}, here), here);
  EXPECT_EQ(needed_directory("node", {here + "/server.js", "-x", "other"}, here), "");
  EXPECT_EQ(needed_directory("server.js", {}, here), "");
}

}  // namespace
}  // namespace mcp::sandbox
