// Runs a program as a gateway's child would be run, or unprotected, and mirrors its exit. For the probes and
// for measurements: layers can be switched off one by one, which no configuration can. usage:
// mcp-run-in-sandbox [--profile runtime|compat|none] [--without landlock|seccomp|mount|net|…]… [--network
// MODE]
//        [--read PATH]… [--write PATH]… [--repeat N] -- CMD ARGS…
#include <fcntl.h>
#include <pty.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <spawn.h>

#include "internal/sandbox/cell.h"
#include "internal/sandbox/workshop.h"

extern char** environ;

namespace {

using namespace mcp::sandbox;
using Clock = std::chrono::steady_clock;

struct Options {
  Policy policy;
  std::set<std::string> without;
  std::vector<char*> command;
  bool pty = false;
  int repeat = 0;
};

Options parse(int argc, char** argv) {
  Options options;
  options.policy.profile = "runtime";
  int i = 1;
  for (; i + 1 < argc && std::string(argv[i]) != "--"; ++i) {
    std::string name = argv[i];
    if (name == "--pty") {
      options.pty = true;
      continue;
    }
    std::string value = argv[++i];
    if (name == "--profile") options.policy.profile = value;
    if (name == "--without") options.without.insert(value);
    if (name == "--read") options.policy.read.push_back(value);
    if (name == "--write") options.policy.write.push_back(value);
    if (name == "--network")
      options.policy.network = value == "host" ? Network::kHost : Network::kPrivateLoopback;
    if (name == "--repeat") options.repeat = std::stoi(value);
  }
  for (++i; i < argc; ++i) options.command.push_back(argv[i]);
  options.command.push_back(nullptr);
  if (options.command.size() < 2) std::exit(2);
  return options;
}

// In the place of a view: the machine as it is. Not without a mount namespace: its mounts would be the
// machine's.
void show_everything(Jail& jail) {
  std::erase_if(jail.view, [](const Item& item) {
    return item.kind == Item::Kind::kTmpfs || item.kind == Item::Kind::kProc;
  });
  for (const char* folder : {"/proc", "/root", "/tmp", "/var"}) {
    std::erase_if(jail.view, [folder](const Item& item) { return item.target.starts_with(folder); });
    jail.view.push_back({.source = folder, .target = folder, .writable = true, .executable = true});
  }
}

void switch_off(const std::set<std::string>& layers, Jail& jail) {
  if (layers.contains("mount")) show_everything(jail);
  // A /proc of its own would be the machine's, which an ordinary user cannot mount.
  if (layers.contains("pid")) {
    jail.namespaces &= ~static_cast<std::uint64_t>(CLONE_NEWPID);
    std::erase_if(jail.view, [](const Item& item) { return item.kind == Item::Kind::kProc; });
  }
  // Nobody renames the machine.
  if (layers.contains("uts")) {
    jail.namespaces &= ~static_cast<std::uint64_t>(CLONE_NEWUTS);
    jail.hostname.clear();
  }
  if (layers.contains("landlock")) jail.landlock = 0;
  if (layers.contains("seccomp")) jail.filter.clear();
  if (layers.contains("net")) jail.namespaces &= ~static_cast<std::uint64_t>(CLONE_NEWNET);
  if (layers.contains("ipc")) jail.namespaces &= ~static_cast<std::uint64_t>(CLONE_NEWIPC);
  if (layers.contains("rlimits")) jail.rlimits.clear();
  if (layers.contains("groups")) jail.groups.clear();
}

std::optional<std::uint8_t> prepare(void* context) {
  auto& options = *static_cast<Options*>(context);
  if (options.repeat == 0) ::close_range(3, ~0U, 0);
  return std::nullopt;
}

std::uint8_t execute(void* context) {
  auto& options = *static_cast<Options*>(context);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  std::vector<std::string> text;
  for (const auto& [name, value] : inner_environment("/usr/local/bin:/usr/bin:/bin", {}))
    text.push_back(name + "=" + value);
  std::vector<char*> environment;
  for (auto& line : text) environment.push_back(line.data());
  environment.push_back(nullptr);
  ::execvpe(options.command[0], options.command.data(), environment.data());
  return 0;
}

int run_plain(Options& options) {
  pid_t child = ::fork();
  if (child == 0) {
    ::execvp(options.command[0], options.command.data());
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int run_jailed(Options& options, const Jail& jail) {
  Cell cell;
  Word word = cell.start(jail, {&options, prepare, execute});
  if (word.kind != Word::Kind::kStarted) {
    std::cerr << step_error(static_cast<Step>(word.step), word.value, std::to_string(word.index)).message
              << "\n";
    return 126;
  }
  ::waitpid(cell.init(), nullptr, 0);
  Word how = cell.end();
  return how.signaled ? 128 + how.value : how.value;
}

// Microseconds from the decision to the first byte of its output.
template <class Start>
long first_byte(Start start) {
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) std::exit(1);
  int keep = ::dup(STDOUT_FILENO);
  ::dup2(pipe[1], STDOUT_FILENO);
  auto from = Clock::now();
  auto wait = start();
  ::dup2(keep, STDOUT_FILENO);
  ::close(keep);
  ::close(pipe[1]);
  char byte = 0;
  if (::read(pipe[0], &byte, 1) != 1) std::exit(1);
  auto took = Clock::now() - from;
  ::close(pipe[0]);
  wait();
  return std::chrono::duration_cast<std::chrono::microseconds>(took).count();
}

void report(const char* name, std::vector<long> times) {
  std::sort(times.begin(), times.end());
  std::printf("%-12s min %ld us  median %ld us  n=%zu\n", name, times.front(), times[times.size() / 2],
              times.size());
}

int measure(Options& options, const Jail& jail) {
  std::vector<long> plain, jailed;
  for (int i = 0; i < options.repeat; ++i) {
    plain.push_back(first_byte([&] {
      pid_t child = 0;
      if (::posix_spawnp(&child, options.command[0], nullptr, nullptr, options.command.data(), environ) != 0)
        std::exit(1);
      return [child] { ::waitpid(child, nullptr, 0); };
    }));
    jailed.push_back(first_byte([&] {
      auto cell = std::make_shared<Cell>();
      if (cell->start(jail, {&options, prepare, execute}).kind != Word::Kind::kStarted) std::exit(1);
      return [cell] { ::waitpid(cell->init(), nullptr, 0); };
    }));
  }
  report("posix_spawn", plain);
  report("sandbox", jailed);
  return 0;
}

void use_pty() {
  int controller = 0, terminal = 0;
  if (::openpty(&controller, &terminal, nullptr, nullptr, nullptr) != 0) std::exit(1);
  ::dup2(terminal, STDIN_FILENO);
  ::close(terminal);
}

}  // namespace

int main(int argc, char** argv) {
  Options options = parse(argc, argv);
  if (options.pty) use_pty();
  if (!options.policy.active()) return run_plain(options);
  Workshop workshop;
  auto plan = workshop.plan(options.policy, {options.command[0], "/usr/local/bin:/usr/bin:/bin", "", ""});
  if (!plan) {
    std::cerr << plan.error().message << "\n";
    return workshop.host().namespaces ? 126 : 77;
  }
  switch_off(options.without, plan->jail);
  if (options.repeat > 0) return measure(options, plan->jail);
  return run_jailed(options, plan->jail);
}
