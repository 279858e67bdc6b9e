#include "internal/process/spawner.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include "internal/process/testing.h"

namespace mcp::process {
namespace {

using namespace testing;

class SpawnerTest : public ::testing::Test {
 protected:
  std::string output_of(SpawnSpec spec) {
    auto child = nursery_.must_spawn(std::move(spec));
    return child ? read_all(child->take_stdout()) : "";
  }

  // UBSan needs descriptors of its own when it meets a type for the first time.
  void warm_up() {
    ASSERT_TRUE(nursery_.spawn(shell("true")));
    ASSERT_TRUE(nursery_.eventually([&] { return nursery_.spawner().running() == 0; }));
  }

  Nursery nursery_;
};

TEST_F(SpawnerTest, ConnectsStandardInputAndOutput) {
  SpawnSpec spec;
  spec.argv = {"/bin/cat"};
  auto child = nursery_.must_spawn(spec);
  int in = child->take_stdin();
  ASSERT_EQ(::write(in, "hello\n", 6), 6);
  ::close(in);
  EXPECT_EQ(read_all(child->take_stdout()), "hello\n");
  auto how = nursery_.await_exit(*child);
  ASSERT_TRUE(how);
  EXPECT_EQ(how->text(), "exit status 0");
}

TEST_F(SpawnerTest, ConnectsStandardError) {
  auto child = nursery_.must_spawn(shell("echo oops >&2"));
  EXPECT_EQ(read_all(child->take_stderr()), "oops\n");
  EXPECT_EQ(read_all(child->take_stdout()), "");
}

TEST_F(SpawnerTest, GivesNoStandardErrorWhenItIsNotPiped) {
  SpawnSpec spec = shell("readlink /proc/$$/fd/2");
  spec.stderr_mode = SpawnSpec::Stderr::kNull;
  auto child = nursery_.must_spawn(spec);
  EXPECT_EQ(child->take_stderr(), -1);
  EXPECT_EQ(read_all(child->take_stdout()), "/dev/null\n");
}

TEST_F(SpawnerTest, InheritsStandardErrorWhenAsked) {
  SpawnSpec spec = shell("readlink /proc/$$/fd/2");
  spec.stderr_mode = SpawnSpec::Stderr::kInherit;
  char ours[4096] = {};
  ASSERT_GT(::readlink("/proc/self/fd/2", ours, sizeof ours - 1), 0);
  EXPECT_EQ(output_of(spec), std::string(ours) + "\n");
}

TEST_F(SpawnerTest, GivesEachDescriptorOnceNonBlockingAndCloseOnExec) {
  auto child = nursery_.must_spawn(shell("cat"));
  int fd = child->take_stdout();
  EXPECT_TRUE(::fcntl(fd, F_GETFL) & O_NONBLOCK);
  EXPECT_TRUE(::fcntl(fd, F_GETFD) & FD_CLOEXEC);
  EXPECT_EQ(child->take_stdout(), -1);
  ::close(fd);
}

TEST_F(SpawnerTest, ReportsTheExitStatus) {
  auto child = nursery_.must_spawn(shell("exit 3"));
  auto how = nursery_.await_exit(*child);
  ASSERT_TRUE(how);
  EXPECT_FALSE(how->signaled);
  EXPECT_EQ(how->text(), "exit status 3");
  EXPECT_FALSE(child->running());
}

TEST_F(SpawnerTest, ReportsTheSignalThatKilledTheChild) {
  auto child = nursery_.must_spawn(shell("kill -SEGV $$"));
  auto how = nursery_.await_exit(*child);
  ASSERT_TRUE(how);
  EXPECT_TRUE(how->signaled);
  EXPECT_EQ(how->text(), "killed by SIGSEGV");
}

TEST_F(SpawnerTest, ReportsTheExitToWhoAsksAfterwards) {
  auto child = nursery_.must_spawn(shell("exit 4"));
  ASSERT_TRUE(nursery_.eventually([&] { return !child->running(); }));
  bool inside = true;
  std::optional<ExitStatus> how;
  child->on_exit([&](ExitStatus status) {
    EXPECT_FALSE(inside);
    how = status;
  });
  inside = false;
  nursery_.eventually([&] { return how.has_value(); });
  ASSERT_TRUE(how);
  EXPECT_EQ(how->code, 4);
}

TEST_F(SpawnerTest, MayDestroyTheChildInItsOwnExitCallback) {
  auto child = nursery_.must_spawn(shell("exit 0"));
  child->on_exit([&](ExitStatus) { child.reset(); });
  EXPECT_TRUE(nursery_.eventually([&] { return child == nullptr; }));
}

TEST_F(SpawnerTest, SignalsTheWholeProcessGroup) {
  std::string marker = unique_sleep();
  auto child =
      nursery_.must_spawn(shell("sleep " + marker + " & trap 'exit 7' TERM; echo ready; wait; wait; exit 1"));
  int out = child->take_stdout();
  read_line(out);
  ASSERT_TRUE(nursery_.eventually([&] { return sleepers(marker).size() == 1; }));
  child->signal(SIGTERM);
  auto how = nursery_.await_exit(*child);
  ASSERT_TRUE(how);
  EXPECT_EQ(how->text(), "exit status 7");
  EXPECT_TRUE(nursery_.eventually([&] { return sleepers(marker).empty(); }));
  ::close(out);
}

TEST_F(SpawnerTest, IgnoresASignalToAnEndedChild) {
  auto child = nursery_.must_spawn(shell("exit 0"));
  nursery_.await_exit(*child);
  child->signal(SIGKILL);
}

TEST_F(SpawnerTest, NamesACommandThatIsNotInPath) {
  SpawnSpec spec = shell("");
  spec.argv = {"no-such-command-here"};
  auto child = nursery_.spawn(spec);
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(child.error().message, "command \"no-such-command-here\" not found in PATH");
  EXPECT_EQ(child.error().hint, "install it, or give an absolute path");
}

TEST_F(SpawnerTest, NamesAPathThatDoesNotExist) {
  SpawnSpec spec;
  spec.argv = {"/no/such/file"};
  auto child = nursery_.spawn(spec);
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(child.error().message, "command \"/no/such/file\" not found");
}

TEST_F(SpawnerTest, DeniesAFileThatIsNotExecutable) {
  SpawnSpec spec;
  spec.argv = {"/etc/passwd"};
  auto child = nursery_.spawn(spec);
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code, ErrorCode::kDenied);
}

TEST_F(SpawnerTest, TellsAMissingInterpreterFromAMissingCommand) {
  std::string file = ::testing::TempDir() + "/script" + std::to_string(::getpid());
  std::ofstream(file) << "#!/no/such/interpreter\n";
  ASSERT_EQ(::chmod(file.c_str(), 0700), 0);
  SpawnSpec spec;
  spec.argv = {file};
  auto child = nursery_.spawn(spec);
  ::unlink(file.c_str());
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code, ErrorCode::kNotFound);
  EXPECT_NE(child.error().message.find("interpreter"), std::string::npos);
}

TEST_F(SpawnerTest, NamesADirectoryThatDoesNotExist) {
  SpawnSpec spec = shell("true");
  spec.directory = "/no/such/directory";
  auto child = nursery_.spawn(spec);
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(child.error().message, "working directory \"/no/such/directory\" not found");
}

TEST_F(SpawnerTest, StartsInTheGivenDirectory) {
  SpawnSpec spec = shell("pwd");
  spec.directory = "/usr";
  EXPECT_EQ(output_of(spec), "/usr\n");
}

TEST_F(SpawnerTest, LooksTheCommandUpInTheGivenPath) {
  SpawnSpec spec = shell("");
  spec.argv = {"sh", "-c", "echo found"};
  spec.environment["PATH"] = "/nonexistent:/etc/passwd:/bin";
  EXPECT_EQ(output_of(spec), "found\n");
  spec.environment["PATH"] = "/nonexistent";
  EXPECT_FALSE(nursery_.spawn(spec));
}

TEST_F(SpawnerTest, GivesExactlyTheEnvironment) {
  SpawnSpec spec;
  spec.argv = {"/usr/bin/env"};
  spec.environment = {{"A", "1"}, {"B", "two=2\n"}};
  EXPECT_EQ(output_of(spec), "A=1\nB=two=2\n\n");
}

TEST_F(SpawnerTest, PassesArgumentsAndEnvironmentLargerThanAPacket) {
  SpawnSpec spec = shell("echo $# $(env | wc -c)");
  std::size_t bytes = 0;
  const std::string large(100'000, 'x');
  for (int i = 0; i < 8; ++i) {
    spec.environment["BIG" + std::to_string(i)] = large;
    spec.argv.push_back(large);
  }
  auto text = output_of(spec);
  std::istringstream(text.substr(text.find(' '))) >> bytes;
  EXPECT_EQ(text.substr(0, text.find(' ')), "7");
  EXPECT_GT(bytes, 800'000u);
}

TEST_F(SpawnerTest, RefusesArgumentsTheKernelDoesNotTake) {
  SpawnSpec spec = shell("true");
  const std::string large(100'000, 'a');
  for (int i = 0; i < 70; ++i) spec.argv.push_back(large);
  auto child = nursery_.spawn(spec);
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code, ErrorCode::kLimit);
}

TEST_F(SpawnerTest, RefusesAnEmptyCommand) {
  auto child = nursery_.spawn({});
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code, ErrorCode::kInvalid);
}

TEST_F(SpawnerTest, GivesTheChildItsOwnSessionAndGroup) {
  auto child = nursery_.must_spawn(shell("cat"));
  EXPECT_EQ(::getpgid(child->pid()), child->pid());
  EXPECT_EQ(::getsid(child->pid()), child->pid());
}

TEST_F(SpawnerTest, GivesTheChildDefaultSignals) {
  SpawnSpec spec;
  spec.argv = {"/bin/grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"};
  EXPECT_EQ(output_of(spec), "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST(Spawner, GivesTheChildNoOtherDescriptor) {
  int leak = ::dup(2);  // without close-on-exec, as third-party code may open it
  Nursery nursery;
  SpawnSpec spec;
  spec.argv = {"/bin/ls", "/proc/self/fd"};
  auto child = nursery.must_spawn(spec);
  EXPECT_EQ(read_all(child->take_stdout()), "0\n1\n2\n3\n") << "3 is the directory that ls reads";
  ::close(leak);
}

TEST_F(SpawnerTest, StartsManyAtOnce) {
  std::vector<std::unique_ptr<Child>> children;
  for (int i = 0; i < 20; ++i)
    children.push_back(nursery_.must_spawn(shell("read x; exit " + std::to_string(i))));
  EXPECT_EQ(nursery_.spawner().running(), 20u);
  for (auto& child : children) ::close(child->take_stdin());
  for (int i = 0; i < 20; ++i) EXPECT_EQ(nursery_.await_exit(*children[i])->code, i);
  EXPECT_EQ(nursery_.spawner().running(), 0u);
}

TEST_F(SpawnerTest, LeavesNoDescriptorAndNoZombieBehind) {
  pid_t helper = nursery_.helper();
  nursery_.await_exit(*nursery_.must_spawn(shell("exit 0")));
  ASSERT_TRUE(nursery_.eventually([&] { return children_of(helper).empty(); }));
  auto ours = open_descriptors(::getpid());
  auto theirs = open_descriptors(helper);
  for (int i = 0; i < 200; ++i) {
    SpawnSpec spec = shell("exit 0");
    if (i % 3 == 0) spec.argv = {"no-such-command-here"};
    spec.leashed = i % 2 == 0;
    auto child = nursery_.spawn(spec);
    ASSERT_EQ(child.has_value(), i % 3 != 0);
    if (child && i % 5 != 0) nursery_.await_exit(**child);
  }
  EXPECT_TRUE(nursery_.eventually([&] { return nursery_.spawner().running() == 0; }));
  EXPECT_TRUE(nursery_.eventually([&] { return open_descriptors(::getpid()) == ours; }));
  EXPECT_TRUE(nursery_.eventually([&] { return children_of(helper).empty(); }));
  EXPECT_EQ(open_descriptors(helper), theirs);
  EXPECT_EQ(children_of(::getpid()).size(), 2u) << "the helpers alone";
}

TEST_F(SpawnerTest, ReportsThatNoDescriptorIsLeft) {
  warm_up();
  int next = ::dup(2);
  ::close(next);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none_left = before;
  none_left.rlim_cur = static_cast<rlim_t>(next);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none_left), 0);
  auto child = nursery_.spawn(shell("true"));
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code, ErrorCode::kLimit);
  EXPECT_TRUE(nursery_.spawn(shell("true")));
}

// Fails the Nth descriptor of a launch, for N = 1, 2, ..., until it succeeds.
TEST_F(SpawnerTest, LeaksNothingWhicheverDescriptorIsRefused) {
  warm_up();
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  auto open_now = open_descriptors(::getpid());
  int next = ::dup(2);
  ::close(next);
  for (bool leashed : {true, false}) {
    bool started = false;
    for (int room = 0; !started && room < 40; ++room) {
      SpawnSpec spec = shell("true");
      spec.leashed = leashed;
      rlimit tight = before;
      tight.rlim_cur = static_cast<rlim_t>(next + room);
      ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
      auto child = nursery_.spawn(spec);
      ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
      started = child.has_value();
      child = fail(ErrorCode::kCancelled, "");
      EXPECT_TRUE(nursery_.eventually([&] {
        return nursery_.spawner().running() == 0 && open_descriptors(::getpid()) == open_now;
      })) << room;
    }
    EXPECT_TRUE(started);
  }
  EXPECT_TRUE(nursery_.eventually([&] { return children_of(::getpid()).size() == 2; }))
      << "the helpers alone";
}

TEST(Spawner, SurvivesTheEndOfTheLoopBeforeItsChildren) {
  auto spawner = std::move(Spawner::fork_helpers().value());
  std::unique_ptr<Child> child;
  {
    async::Loop loop;
    spawner->attach(loop);
    std::optional<int> done;
    struct Run {
      static Task<void> go(Spawner* from, std::unique_ptr<Child>* to, std::optional<int>* finished) {
        auto made = co_await from->spawn(shell("cat"));
        *to = std::move(made.value());
        *finished = 1;
      }
    };
    loop.spawn(Run::go(spawner.get(), &child, &done));
    ASSERT_TRUE(loop.run_until([&] { return done.has_value(); }, kPatience));
  }
  child.reset();
}

TEST(ExitStatus, NamesWhatHappened) {
  EXPECT_EQ((ExitStatus{false, 3}).text(), "exit status 3");
  EXPECT_EQ((ExitStatus{true, SIGKILL}).text(), "killed by SIGKILL");
  EXPECT_EQ((ExitStatus{true, 99}).text(), "killed by signal 99");
}

TEST(ChildEnvironment, TakesSixVariablesAndWhatIsNamed) {
  std::map<std::string, std::string> from = {
      {"HOME", "/h"}, {"PATH", "/bin"}, {"TERM", "xterm"}, {"SECRET", "x"}};
  std::map<std::string, std::string> expected = {
      {"HOME", "/h"}, {"PATH", "/opt"}, {"TERM", "xterm"}, {"TOKEN", "t"}};
  EXPECT_EQ(child_environment(from, {{"PATH", "/opt"}, {"TOKEN", "t"}}), expected);
}

}  // namespace
}  // namespace mcp::process
