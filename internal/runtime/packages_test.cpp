// Packages with real sandboxes and a package manager made for the test: a script that stands in PATH as npm.
#include "internal/runtime/packages.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/base/log.h"

namespace mcp::runtime {
namespace {

using testing::HasSubstr;
using Mode = Packages::Mode;
namespace fs = std::filesystem;

constexpr async::Millis kPatience{20'000};

// The machine's files with variables of the test's own.
class TestEnv : public Env {
 public:
  std::map<std::string, std::string> environment;

  Result<std::string> read_file(const std::string& path, std::size_t max) override {
    return real_env().read_file(path, max);
  }
  Result<void> write_file(const std::string& path, std::string_view content, int mode) override {
    return real_env().write_file(path, content, mode);
  }
  bool exists(const std::string& path) override { return real_env().exists(path); }
  Result<void> make_directories(const std::string& path, int mode) override {
    return real_env().make_directories(path, mode);
  }
  std::string current_directory() override { return "/"; }
  std::optional<std::string> variable(const std::string& name) override {
    auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  }
  std::map<std::string, std::string> variables() override { return environment; }
  std::int64_t wall_clock_ms() override { return real_env().wall_clock_ms(); }
  std::string random_bytes(std::size_t count) override { return real_env().random_bytes(count); }
};

class PackagesTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!workshop.host().namespaces) GTEST_SKIP() << "no namespaces: " << workshop.host().namespaces_error;
    log::configure(log::Level::kError, log::Format::kLogfmt);
    char name[] = "/var/tmp/mcp-packages-XXXXXX";
    root = ::mkdtemp(name);
    env.environment = {{"HOME", root}, {"PATH", root + "/bin:/usr/bin:/bin"}};
    auto forked = process::Spawner::fork_helpers();
    ASSERT_TRUE(forked);
    spawner = std::move(*forked);
    spawner->attach(loop);
    packages = Packages::create(loop, env, spawner.get(), workshop);
    wanted.runner = "npx";
    wanted.specs = {"server"};
    key = root + "/.cache/mcp/packages/" + key_of(wanted);
    npm(kWell);
  }
  void TearDown() override {
    log::configure(log::Level::kInfo, log::Format::kLogfmt);
    std::error_code ignored;
    if (!root.empty()) fs::remove_all(root, ignored);
  }

  static constexpr const char* kWell =
      "mkdir -p node_modules/server node_modules/.bin\n"
      "echo '{\"dependencies\":{\"server\":\"1\"}}' >package.json\n"
      "echo '{\"name\":\"server\",\"version\":\"1.0.0\",\"bin\":\"i.js\"}' "
      ">node_modules/server/package.json\n"
      "echo '#!/bin/sh' >node_modules/.bin/server\n";

  void npm(const std::string& script) {
    fs::create_directories(root + "/bin");
    std::ofstream(root + "/bin/npm") << "#!/bin/sh\nset -e\n" << script;
    ::chmod((root + "/bin/npm").c_str(), 0755);
  }

  using Outcome = std::shared_ptr<std::optional<Result<Packages::Program>>>;
  static Task<void> store(Task<Result<Packages::Program>> task, Outcome into) {
    into->emplace(co_await std::move(task));
  }
  Outcome begin(Mode mode = Mode::kAsNeeded) {
    auto outcome = std::make_shared<std::optional<Result<Packages::Program>>>();
    loop.spawn(store(Packages::get(packages, wanted, mode, "s"), outcome));
    return outcome;
  }
  Result<Packages::Program> await(const Outcome& outcome) {
    EXPECT_TRUE(loop.run_until([&] { return outcome->has_value(); }, kPatience));
    return **outcome;
  }
  Result<Packages::Program> get(Mode mode = Mode::kAsNeeded) { return await(begin(mode)); }

  std::size_t generations() const {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(key))
      count += entry.path().filename().string().starts_with("g-");
    return count;
  }

  TestEnv env;
  std::string root, key;
  sandbox::Workshop workshop;
  async::Loop loop;
  std::unique_ptr<process::Spawner> spawner;
  std::shared_ptr<Packages> packages;
  PackageCommand wanted;
};

TEST_F(PackagesTest, SaysThatTheManagerIsNotInstalled) {
  env.environment["PATH"] = root + "/bin";
  wanted.tool = PackageCommand::Tool::kUv;
  wanted.runner = "uvx";
  auto none = get();
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("\"uv\" is not installed"));
  EXPECT_THAT(none.error().hint, HasSubstr("install uv"));
}

TEST_F(PackagesTest, InstallsOnceAndFindsItFromThenOn) {
  auto first = get();
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_TRUE(first->fresh);
  EXPECT_EQ(first->package, "server@1.0.0");
  EXPECT_EQ(first->file, first->folder + "/node_modules/.bin/server");
  npm("exit 1");
  auto second = get();
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_FALSE(second->fresh);
  EXPECT_EQ(second->folder, first->folder);
  EXPECT_FALSE(fs::exists(first->folder + "/.tmp"));
}

TEST_F(PackagesTest, LetsTheManagerSeeAndWriteNothingButTheNewFolder) {
  std::ofstream(root + "/secret") << "x";
  npm(std::string(kWell) + "if cat " + root + "/secret; then exit 7; fi\nif echo x >" + root +
      "/bin/x; then exit 8; fi\nif ls -d " + root + "/.cache/mcp/packages/*/lock; then exit 9; fi\n");
  auto outcome = get();
  EXPECT_TRUE(outcome) << outcome.error().message;
}

TEST_F(PackagesTest, SharesOneInstallationAmongThoseWhoAskMeanwhile) {
  auto one = begin(), two = begin(), three = begin();
  auto first = await(one), second = await(two), third = await(three);
  ASSERT_TRUE(first && second && third) << first.error().message;
  EXPECT_EQ(first->folder, third->folder);
  EXPECT_EQ(generations(), 1u);
}

TEST_F(PackagesTest, WaitsForAnotherProcessThatInstalls) {
  fs::create_directories(key);
  int other = ::open((key + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_EQ(::flock(other, LOCK_EX), 0);
  auto outcome = begin();
  loop.run_ready();
  EXPECT_EQ(generations(), 0u);
  // What the other one made is used.
  fs::create_directories(key + "/g-other/node_modules/.bin");
  fs::create_directories(key + "/g-other/node_modules/server");
  std::ofstream(key + "/g-other/node_modules/server/package.json") << R"({"name":"server","bin":"i.js"})";
  std::ofstream(key + "/g-other/node_modules/.bin/server") << "";
  std::ofstream(key + "/current") << R"({"generation":"g-other","name":"server","version":"3.0.0"})";
  ::close(other);
  auto found = await(outcome);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->package, "server@3.0.0");
}

TEST_F(PackagesTest, TellsTheManagersLastWordsAndLeavesNothing) {
  npm("echo 'npm error code E404' >&2\necho 'npm error 404 Not Found - GET https://r/server' >&2\n"
      "echo 'npm error A complete log of this run can be found in: /x' >&2\nexit 1\n");
  auto outcome = get();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(outcome.error().message, "installing server: npm install: 404 Not Found - GET https://r/server");
  EXPECT_EQ(outcome.error().hint, "check the package's name and version");
  EXPECT_EQ(generations(), 0u);
}

TEST_F(PackagesTest, SaysThatThereIsNoManager) {
  fs::remove(root + "/bin/npm");
  env.environment["PATH"] = root + "/bin";
  auto outcome = get();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(outcome.error().message, HasSubstr("\"npm\" is not installed"));
}

TEST_F(PackagesTest, UsesAndKeepsNothingOfAnInterruptedInstallation) {
  fs::create_directories(key + "/g-half/node_modules");
  std::ofstream(key + "/current.tmp") << "{";
  EXPECT_FALSE(Packages::find(env, wanted).value());
  auto outcome = get();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(generations(), 1u);
  EXPECT_FALSE(fs::exists(key + "/g-half"));
}

TEST_F(PackagesTest, RefusesWhatIsNotThereWhereNothingMayBeInstalled) {
  auto refused = get(Mode::kNever);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "package \"server\" is not installed, and install = \"never\"");
  EXPECT_EQ(refused.error().hint, "run mcp install s");
  ASSERT_TRUE(get());
  EXPECT_TRUE(get(Mode::kNever));
}

TEST_F(PackagesTest, KeepsTheOldOneUntilAnUpdateHasGoneWell) {
  auto old = get();
  ASSERT_TRUE(old) << old.error().message;
  npm("exit 1");
  EXPECT_FALSE(get(Mode::kUpdate));
  EXPECT_EQ(get()->folder, old->folder);
  std::string next = kWell;
  npm(next.replace(next.find("1.0.0"), 5, "2.0.0"));
  auto made = get(Mode::kUpdate);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->package, "server@2.0.0");
  EXPECT_TRUE(fs::exists(old->folder)) << "a server may still run from it";
  ASSERT_TRUE(get(Mode::kUpdate));
  EXPECT_FALSE(fs::exists(old->folder));
}

TEST_F(PackagesTest, SaysThatItsRecordIsDamaged) {
  fs::create_directories(key);
  std::ofstream(key + "/current") << R"({"generation":"../../evil"})";
  auto outcome = get();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kMalformed);
  EXPECT_EQ(outcome.error().hint, "remove " + key);
}

TEST_F(PackagesTest, NeedsAPlace) {
  env.environment.erase("HOME");
  EXPECT_EQ(get().error().code, ErrorCode::kConfig);
  env.environment["XDG_CACHE_HOME"] = root + "/xdg";
  packages = Packages::create(loop, env, spawner.get(), workshop);
  auto outcome = get();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_THAT(outcome->folder, HasSubstr("/xdg/mcp/packages/"));
}

}  // namespace
}  // namespace mcp::runtime
