#include "internal/async/file_watch.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "internal/async/timer.h"
#include "internal/async/watched_paths.h"

namespace mcp::async {
namespace {

namespace fs = std::filesystem;
using testing::UnorderedElementsAre;

constexpr Millis kPatience{10'000};

class FileWatchTest : public testing::Test {
 protected:
  FileWatchTest() {
    std::string pattern = testing::TempDir() + "/file-watch-XXXXXX";
    root = ::mkdtemp(pattern.data());
    root = fs::canonical(root);
  }
  ~FileWatchTest() override { fs::remove_all(root); }

  void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }
  void watch(std::vector<std::string> files) {
    auto watched = watcher.watch(std::move(files));
    ASSERT_TRUE(watched) << watched.error().message;
  }
  // Waits for the next call, and that it was one.
  void expect_change() {
    ++expected;
    EXPECT_TRUE(loop.run_until([&] { return changes >= expected; }, kPatience));
    EXPECT_EQ(changes, expected);
  }

  fs::path root;
  Loop loop;
  int changes = 0, expected = 0;
  FileWatch watcher{loop, [this] { ++changes; }, Millis{10}};
};

TEST_F(FileWatchTest, SeesAFileWrittenInPlace) {
  write(root / "f", "1");
  watch({root / "f"});
  write(root / "f", "22");
  expect_change();
}

TEST_F(FileWatchTest, SeesAFileRenamedOver) {
  write(root / "f", "1");
  watch({root / "f"});
  for (const char* text : {"2", "3"}) {
    write(root / "new", text);
    fs::rename(root / "new", root / "f");
    expect_change();
  }
}

TEST_F(FileWatchTest, SeesAFileComeAndGo) {
  watch({root / "f"});
  write(root / "f", "1");
  expect_change();
  fs::remove(root / "f");
  expect_change();
}

TEST_F(FileWatchTest, SeesAFileWhoseDirectoryComesLater) {
  watch({root / "a/b/f"});
  fs::create_directories(root / "a/b");
  write(root / "a/b/f", "1");
  expect_change();
}

// How Kubernetes updates a ConfigMap: f -> ..data/f, ..data -> ..1; then ..data is renamed over.
TEST_F(FileWatchTest, SeesALinkInTheMiddleSwapped) {
  for (const char* version : {"..1", "..2"}) {
    fs::create_directory(root / version);
    write(root / version / "f", version);
  }
  fs::create_directory_symlink("..1", root / "..data");
  fs::create_symlink("..data/f", root / "f");
  watch({root / "f"});
  fs::create_directory_symlink("..2", root / "..tmp");
  fs::rename(root / "..tmp", root / "..data");
  fs::remove_all(root / "..1");
  expect_change();
  write(root / "..2/f", "written in place, behind the links");
  expect_change();
}

TEST_F(FileWatchTest, ManyChangesAtOnceAreOne) {
  watch({root / "f", root / "g"});
  for (int i = 0; i < 50; ++i) {
    write(root / "f", std::to_string(i));
    write(root / "g", std::to_string(i));
  }
  expect_change();
}

TEST_F(FileWatchTest, OtherFilesOfTheDirectoryAreNoChange) {
  write(root / "f", "1");
  watch({root / "f"});
  write(root / "other", "1");
  write(root / "last", "1");
  Timer timer(loop);
  bool over = false;
  timer.start(Millis{50}, [&] { over = true; });
  EXPECT_TRUE(loop.run_until([&] { return over; }, kPatience));
  EXPECT_EQ(changes, 0);
  write(root / "f", "2 ");
  expect_change();
}

TEST_F(FileWatchTest, AChangeBetweenTwoSetsIsSeen) {
  write(root / "f", "1");
  watch({root / "f"});
  write(root / "f", "22");
  watch({root / "f", root / "g"});
  expect_change();
}

TEST_F(FileWatchTest, OneFileMoreThanTheLimitIsAnErrorAndTheOthersAreWatched) {
  std::vector<std::string> files;
  for (std::size_t i = 0; i < FileWatch::kMaxFiles; ++i) files.push_back(root / std::to_string(i));
  watch(files);
  files.push_back(root / "more");
  auto refused = watcher.watch(files);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kLimit);
  write(root / "0", "1");
  expect_change();
}

TEST_F(FileWatchTest, OneDirectoryMoreThanTheLimitIsAnError) {
  std::vector<std::string> files;
  for (std::size_t i = 0; i < FileWatch::kMaxDirectories; ++i) {
    fs::create_directory(root / std::to_string(i));
    files.push_back(root / std::to_string(i) / "f");
  }
  watch(files);
  files.push_back(root / "f");
  auto refused = watcher.watch(files);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kLimit);
}

TEST_F(FileWatchTest, AfterStopNothingIsCalled) {
  watch({root / "f"});
  write(root / "f", "1");
  watcher.stop();
  loop.run_until([] { return false; }, Millis{50});
  EXPECT_EQ(changes, 0);
}

TEST_F(FileWatchTest, TheWayToAFileHasADirectoryForEachLink) {
  fs::create_directories(root / "a/real");
  write(root / "a/real/f", "1");
  fs::create_directory_symlink(root / "a/real", root / "link");
  EXPECT_THAT(directories_on_the_way(root / "a/real/f"), UnorderedElementsAre(root / "a/real"));
  EXPECT_THAT(directories_on_the_way(root / "link/f"), UnorderedElementsAre(root, root / "a/real"));
  EXPECT_THAT(directories_on_the_way(root / "no/such/f"), UnorderedElementsAre(root));
  fs::create_symlink("loop", root / "loop");
  EXPECT_THAT(directories_on_the_way(root / "loop/f"), UnorderedElementsAre(root));
}

}  // namespace
}  // namespace mcp::async
