#include "internal/runtime/package_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/base/fake_env.h"

namespace mcp::runtime {
namespace {

using testing::HasSubstr;

struct PackageProgramTest : testing::Test {
  PackageProgramTest() {
    env.files["/g/package.json"] = R"({"private": true, "dependencies": {"@s/server": "^1.0.0"}})";
    wanted.specs = {"@s/server"};
  }

  // The package's programs, as its manifest has them; all of them are there.
  void has(const std::string& bin, std::initializer_list<const char*> programs) {
    env.files["/g/node_modules/@s/server/package.json"] =
        R"({"name": "@s/server", "version": "1.2.3")" + (bin.empty() ? "" : ", \"bin\": " + bin) + "}";
    for (const char* program : programs) env.files[std::string("/g/node_modules/.bin/") + program] = "";
  }
  Result<std::string> program() {
    auto installed = look_at_installation(env, wanted, "/g");
    if (!installed) return fail(std::move(installed.error()));
    EXPECT_EQ(installed->name, "@s/server");
    EXPECT_EQ(installed->version, "1.2.3");
    return program_in(env, wanted, *installed);
  }

  FakeEnv env;
  PackageCommand wanted;
};

TEST_F(PackageProgramTest, IsTheOnlyOne) {
  has(R"({"other-name": "dist/index.js"})", {"other-name"});
  EXPECT_EQ(program().value(), "/g/node_modules/.bin/other-name");
}

TEST_F(PackageProgramTest, IsTheOneWithThePackagesName) {
  has(R"({"a": "a.js", "server": "s.js"})", {"a", "server"});
  EXPECT_EQ(program().value(), "/g/node_modules/.bin/server");
  has(R"("index.js")", {"server"});
  EXPECT_EQ(program().value(), "/g/node_modules/.bin/server");
}

TEST_F(PackageProgramTest, HasTwoNamesForOneFile) {
  has(R"({"x": "i.js", "y": "i.js"})", {"x", "y"});
  EXPECT_EQ(program().value(), "/g/node_modules/.bin/x");
}

TEST_F(PackageProgramTest, IsTheOneThatWasNamed) {
  has(R"({"a": "a.js", "b": "b.js"})", {"a", "b"});
  wanted.program = "b";
  EXPECT_EQ(program().value(), "/g/node_modules/.bin/b");
}

TEST_F(PackageProgramTest, SaysWhichThereAre) {
  has(R"({"a": "a.js", "b": "b.js"})", {"a", "b"});
  EXPECT_EQ(program().error().message, "package \"@s/server\" has several programs: a, b");
  has("", {});
  EXPECT_EQ(program().error().message, "package \"@s/server\" has no program");
  wanted.program = "../../evil";
  EXPECT_THAT(program().error().message, HasSubstr("has no program"));
}

TEST_F(PackageProgramTest, FindsNothingWhereNothingWasInstalled) {
  env.files["/g/package.json"] = R"({"private": true})";
  EXPECT_EQ(program().error().code, ErrorCode::kMalformed);
}

TEST_F(PackageProgramTest, IsInThePlaceOfPythonPrograms) {
  wanted.tool = PackageCommand::Tool::kUv;
  wanted.specs = {"server[x]==1.2.3"};
  wanted.program = "server";
  env.files["/g/bin/server"] = "";
  auto installed = look_at_installation(env, wanted, "/g");
  ASSERT_TRUE(installed);
  EXPECT_EQ(installed->name, "server");
  EXPECT_EQ(installed->version, "1.2.3");
  EXPECT_EQ(program_in(env, wanted, *installed).value(), "/g/bin/server");
}

}  // namespace
}  // namespace mcp::runtime
