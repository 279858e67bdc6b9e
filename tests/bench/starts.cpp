// mcp-bench-starts [--repeat N] [--input TEXT] [--read PATH]… -- CMD ARGS…: what a start costs, from the
// decision to the first byte of the program's output, by posix_spawn, in the sandbox, and in bubblewrap where
// it is installed, in turns. With --input that byte is the answer to this line on its standard input. One
// line of JSON: {"posix_spawn":{"min_us":…,"median_us":…,"n":…},"sandbox":{…},"bwrap":{…}}. EXIT STATUS 0:
// measured; 2: usage; 8: something did not start.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <map>

#include <spawn.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "internal/sandbox/workshop.h"
#include "tests/sandbox/in_cell.h"

extern char** environ;

namespace {

using namespace mcp::sandbox;
using Clock = std::chrono::steady_clock;

struct Words {
  int repeat = 100;
  std::string input;
  std::vector<std::string> read, command;
};

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "mcp-bench-starts: error: %s did not start\n", what);
  std::exit(8);
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (auto& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

// What a started program is ended by.
using Stop = std::function<void()>;

class Measurement {
 public:
  explicit Measurement(const Words& words) : words_(words) {}

  // `start` starts something on this process's standard input and output.
  void take(const std::string& way, const std::function<Stop()>& start) {
    int in[2], out[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) give_up("a pipe");
    int old_in = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3),
        old_out = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    auto from = Clock::now();
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    Stop stop = start();
    ::dup2(old_in, STDIN_FILENO);
    ::dup2(old_out, STDOUT_FILENO);
    for (int end : {old_in, old_out, in[0], out[1]}) ::close(end);
    bool asked = words_.input.empty() || ::write(in[1], words_.input.data(), words_.input.size()) > 0;
    char byte = 0;
    if (!asked || ::read(out[0], &byte, 1) != 1) give_up(way.c_str());
    auto took = Clock::now() - from;
    ::close(in[1]);
    ::close(out[0]);
    stop();
    times_[way].push_back(std::chrono::duration<double, std::micro>(took).count());
  }

  nlohmann::json result() {
    nlohmann::json all;
    for (auto& [way, times] : times_) {
      std::sort(times.begin(), times.end());
      all[way] = {{"min_us", times.front()}, {"median_us", times[times.size() / 2]}, {"n", times.size()}};
    }
    return all;
  }

 private:
  const Words& words_;
  std::map<std::string, std::vector<double>> times_;
};

Stop spawn(std::vector<std::string> words) {
  auto argv = pointers(words);
  pid_t child = 0;
  if (::posix_spawnp(&child, argv[0], nullptr, nullptr, argv.data(), environ) != 0) give_up(argv[0]);
  return [child] {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  };
}

std::optional<std::uint8_t> keep_all(void*) { return std::nullopt; }

Stop start_cell(const Jail& jail, std::vector<std::string> words) {
  InCell command{pointers(words), keep_all};
  auto cell = std::make_shared<Cell>();
  if (cell->start(jail, command.program()).kind != Word::Kind::kStarted) give_up("the sandbox");
  return [cell] {
    ::kill(cell->init(), SIGKILL);
    ::waitpid(cell->init(), nullptr, 0);
    cell->remove_groups();
  };
}

// The nearest that it has to our view.
std::vector<std::string> in_bubblewrap(const Words& asked) {
  const auto& command = asked.command;
  std::vector<std::string> words = {"bwrap",
                                    "--unshare-all",
                                    "--die-with-parent",
                                    "--cap-drop",
                                    "ALL",
                                    "--ro-bind",
                                    "/",
                                    "/",
                                    "--dev",
                                    "/dev",
                                    "--proc",
                                    "/proc",
                                    "--tmpfs",
                                    "/tmp"};
  // Program and files may lie below /tmp.
  std::vector<std::string> shown = asked.read;
  if (command[0][0] == '/') shown.push_back(command[0].substr(0, command[0].rfind('/') + 1));
  for (const std::string& path : shown) words.insert(words.end(), {"--ro-bind", path, path});
  words.push_back("--");
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

bool has_bubblewrap() {
  auto found = find_command({"bwrap", kPath, "", ""});
  return !found.empty();
}

int measure(const Words& words) {
  Policy policy;
  policy.profile = "runtime";
  policy.read = words.read;
  Workshop workshop;
  auto plan = workshop.plan(policy, {words.command[0], kPath, "", ""});
  if (!plan) give_up(plan.error().message.c_str());
  Measurement measurement(words);
  bool bubblewrap = has_bubblewrap();
  for (int i = 0; i < words.repeat; ++i) {
    measurement.take("posix_spawn", [&] { return spawn(words.command); });
    measurement.take("sandbox", [&] { return start_cell(plan->jail, words.command); });
    if (bubblewrap) measurement.take("bwrap", [&] { return spawn(in_bubblewrap(words)); });
  }
  std::printf("%s\n", measurement.result().dump().c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);
  Words words;
  CLI::App app("What a start costs.");
  app.add_option("--repeat", words.repeat, "starts of each kind");
  app.add_option("--input", words.input, "a line for its standard input");
  app.add_option("--read", words.read, "shown in the sandbox")->take_all()->allow_extra_args(false);
  app.add_option("command", words.command)->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (!words.input.empty()) words.input += "\n";
  return measure(words);
}
