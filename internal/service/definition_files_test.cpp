#include "internal/service/definition_files.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "internal/base/fake_env.h"
#include "internal/service/definition.h"

namespace mcp::service {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string definition(const std::string& name, const std::string& component = "api") {
  return "name = \"" + name + "\"\nnode = \"n\"\n\n[[components]]\nname = \"" + component +
         "\"\nimage = \"img:v1\"\n";
}

class DefinitionFiles : public ::testing::Test {
 protected:
  DefinitionFiles() {
    std::string pattern = ::testing::TempDir() + "/definitions-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~DefinitionFiles() override { fs::remove_all(directory_); }

  std::string path(const std::string& name) const { return directory_ + "/" + name; }
  void put(const std::string& name, const std::string& text) const { std::ofstream(path(name)) << text; }
  std::string content(const std::string& name) {
    return real_env().read_file(path(name), 1 << 24).value_or("?");
  }
  std::vector<std::string> load() {
    report_ = {};
    std::vector<std::string> names;
    for (const auto& loaded : load_definitions(real_env(), directory_, report_))
      names.push_back(loaded.spec.name);
    return names;
  }
  static int mode(const std::string& file) {
    struct stat about {};
    return ::stat(file.c_str(), &about) == 0 ? static_cast<int>(about.st_mode & 07777) : -1;
  }

  std::string directory_;
  config::Report report_;
};

TEST_F(DefinitionFiles, EveryTomlFileOfAFolderIsLoaded) {
  for (const char* name : {"b", "a", "c"}) put(std::string(name) + ".toml", definition(name));
  put("notes.txt", "no definition");
  put(".hidden.toml", "no definition");
  put("a.toml~", "no definition");
  EXPECT_THAT(load(), ElementsAre("a", "b", "c"));
  EXPECT_TRUE(report_.ok());
  EXPECT_THAT(report_.warnings(), IsEmpty());
}

TEST_F(DefinitionFiles, AMissingFolderHasNone) {
  EXPECT_THAT(load_definitions(real_env(), path("none"), report_), IsEmpty());
  EXPECT_TRUE(report_.ok());
  put("file", "");
  EXPECT_THAT(load_definitions(real_env(), path("file"), report_), IsEmpty());
  EXPECT_FALSE(report_.ok());
}

TEST_F(DefinitionFiles, WrongFilesAreReportedAndTheOthersLoaded) {
  put("a.toml", definition("a"));
  put("bad.toml", "name = \"bad\"\n");
  fs::create_directory(path("dir.toml"));
  EXPECT_THAT(load(), ElementsAre("a"));
  ASSERT_EQ(report_.errors().size(), 3u);
  EXPECT_THAT(report_.errors()[0].message, HasSubstr("bad.toml:1:1: the service has no node"));
  EXPECT_THAT(report_.errors()[2].message, HasSubstr("dir.toml"));
  for (const auto& error : report_.errors()) EXPECT_FALSE(error.hint.empty()) << error.message;
}

TEST_F(DefinitionFiles, AFileThatIsWrongIsNotLoadedHoweverManyThereAre) {
  for (int i = 0; i < 60; ++i) put("bad" + std::to_string(i) + ".toml", "name = \"bad\"\n");
  EXPECT_THAT(load(), IsEmpty());
  EXPECT_EQ(report_.errors().size(), config::Report::kMaxEach);
}

TEST_F(DefinitionFiles, TwoFilesOfOneServiceAreAMistake) {
  put("a.toml", definition("a"));
  put("b.toml", definition("a"));
  load();
  ASSERT_EQ(report_.errors().size(), 1u);
  EXPECT_THAT(report_.errors()[0].message,
              HasSubstr("b.toml: service \"a\" is defined in " + path("a.toml") + " too"));
}

TEST_F(DefinitionFiles, TwoContainersOfOneNameAreAMistake) {
  put("a.toml", definition("a", "b-c"));
  put("a-b.toml", definition("a-b", "c"));
  load();
  ASSERT_EQ(report_.errors().size(), 1u);
  EXPECT_THAT(report_.errors()[0].message, HasSubstr("would both be container \"a-b-c\""));
}

TEST_F(DefinitionFiles, AFileOfAnotherNameIsLoadedWithAWarning) {
  put("x.toml", definition("a"));
  EXPECT_THAT(load(), ElementsAre("a"));
  ASSERT_EQ(report_.warnings().size(), 1u);
  EXPECT_THAT(report_.warnings()[0].hint, HasSubstr("a.toml"));
}

TEST_F(DefinitionFiles, OneFileMoreThanAFolderMayHave) {
  for (std::size_t i = 0; i < kMaxDefinitions; ++i) {
    std::string name = "s" + std::to_string(i);
    put(name + ".toml", definition(name));
  }
  EXPECT_EQ(load().size(), kMaxDefinitions);
  EXPECT_TRUE(report_.ok());
  put("one-more.toml", definition("one-more"));
  EXPECT_THAT(load(), IsEmpty());
  ASSERT_EQ(report_.errors().size(), 1u);
  EXPECT_THAT(report_.errors()[0].message, HasSubstr("more than 1024 definitions"));
}

TEST_F(DefinitionFiles, WhatIsWrittenIsWhatIsRead) {
  put("a.toml", definition("a"));
  auto spec = load_definition(real_env(), path("a.toml"), report_);
  ASSERT_TRUE(spec);
  ASSERT_TRUE(write_definition(real_env(), path("b.toml"), *spec));
  EXPECT_EQ(load_definition(real_env(), path("b.toml"), report_), spec);
  EXPECT_EQ(mode(path("b.toml")), 0644);
  spec->components.clear();
  EXPECT_EQ(write_definition(real_env(), path("c.toml"), *spec).error().code, ErrorCode::kInvalid);
  EXPECT_FALSE(fs::exists(path("c.toml")));
}

TEST_F(DefinitionFiles, StoppingAndStartingChangeOneWordOfTheFile) {
  const std::string text = "# mine\n" + definition("a") + "# end\n";
  put("a.toml", text);
  ::chmod(path("a.toml").c_str(), 0640);
  EXPECT_EQ(set_active(real_env(), path("a.toml"), true), false) << "it is active already";
  EXPECT_EQ(content("a.toml"), text);
  EXPECT_EQ(set_active(real_env(), path("a.toml"), false), true);
  EXPECT_EQ(content("a.toml"), "# mine\nactive = false\n" + definition("a") + "# end\n");
  EXPECT_EQ(set_active(real_env(), path("a.toml"), true), true);
  EXPECT_EQ(content("a.toml"), "# mine\nactive = true\n" + definition("a") + "# end\n");
  EXPECT_EQ(mode(path("a.toml")), 0640);
}

TEST_F(DefinitionFiles, ASymbolicLinkStaysOne) {
  fs::create_directory(path("real"));
  put("real/a.toml", definition("a"));
  fs::create_symlink("real/a.toml", path("a.toml"));
  EXPECT_EQ(set_active(real_env(), path("a.toml"), false), true);
  EXPECT_TRUE(fs::is_symlink(path("a.toml")));
  EXPECT_THAT(content("real/a.toml"), HasSubstr("active = false"));
}

TEST_F(DefinitionFiles, AFileThatCannotBeWrittenStaysAsItIs) {
  FakeEnv env;
  env.files["/d/a.toml"] = definition("a");
  EXPECT_EQ(set_active(env, "/d/none.toml", false).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(set_active(env, "/d/a.toml", false), true);
  EXPECT_THAT(env.files["/d/a.toml"], HasSubstr("active = false"));
  env.files["/d/a.toml"] = "name = 1\n";
  EXPECT_EQ(set_active(env, "/d/a.toml", false).error().code, ErrorCode::kConfig);
  env.failing["/d/b.toml"] = ErrorCode::kIo;
  ServiceSpec spec{.name = "b", .node = "n", .components = {}};
  spec.components.emplace_back();
  spec.components[0].name = "b";
  spec.components[0].image = "img";
  EXPECT_EQ(write_definition(env, "/d/b.toml", spec).error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace mcp::service
