// Runs a program as a gateway's child would be run, or unprotected, and mirrors its exit. For the probes and
// for measurements: layers can be switched off one by one, which no configuration can. usage:
// mcp-run-in-sandbox [--profile runtime|compat|none] [--without landlock|seccomp|mount|net|…]… [--network
// MODE]
//        [--allow HOST:PORT]… [--read PATH]… [--write PATH]… [--abstract NAME] -- CMD ARGS…
// --abstract: an abstract socket of that name listens outside. EXIT STATUS 2: usage; 77: no namespaces here.
#include <fcntl.h>
#include <pty.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <set>
#include <string>
#include <vector>

#include "internal/sandbox/workshop.h"
#include "tests/sandbox/in_cell.h"

namespace {

using namespace mcp::sandbox;

const std::set<std::string> kLayers = {"user",   "mount",    "pid",     "uts",     "net",   "ipc",
                                       "cgroup", "landlock", "seccomp", "rlimits", "groups"};

[[noreturn]] void refuse(const std::string& what) {
  std::cerr << "mcp-run-in-sandbox: error: " << what << "\n";
  std::exit(2);
}

struct Options {
  Policy policy;
  std::set<std::string> without;
  std::vector<char*> command;
  bool pty = false;
  std::string abstract;
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
    if (name == "--abstract") options.abstract = value;
    if (name == "--without" && !kLayers.contains(value)) refuse("there is no layer \"" + value + "\"");
    if (name == "--without") options.without.insert(value);
    if (name == "--read") options.policy.read.push_back(value);
    if (name == "--write") options.policy.write.push_back(value);
    if (name == "--allow") options.policy.allow.push_back(value);
    if (name == "--network")
      options.policy.network = value == "host" ? Network::kHost : Network::kPrivateLoopback;
  }
  for (++i; i < argc; ++i) options.command.push_back(argv[i]);
  options.command.push_back(nullptr);
  if (options.command.size() < 2) refuse("no command after --");
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
  // As the machine's root, to whom the privileges are left that are then dropped.
  if (layers.contains("user")) {
    jail.namespaces &= ~static_cast<std::uint64_t>(CLONE_NEWUSER);
    jail.uid = jail.gid = 0;
  }
  if (layers.contains("cgroup")) jail.namespaces &= ~static_cast<std::uint64_t>(CLONE_NEWCGROUP);
  if (layers.contains("net")) jail.namespaces &= ~static_cast<std::uint64_t>(CLONE_NEWNET);
  if (layers.contains("ipc")) jail.namespaces &= ~static_cast<std::uint64_t>(CLONE_NEWIPC);
  if (layers.contains("rlimits")) jail.rlimits.clear();
  if (layers.contains("groups")) jail.groups.clear();
}

std::optional<std::uint8_t> prepare(void*) {
  ::close_range(3, ~0U, 0);
  return std::nullopt;
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
  InCell command{options.command, prepare};
  Word word = cell.start(jail, command.program());
  if (word.kind != Word::Kind::kStarted) {
    std::cerr << step_error(static_cast<Step>(word.step), word.value, std::to_string(word.index)).message
              << "\n";
    return 126;
  }
  ::waitpid(cell.init(), nullptr, 0);
  Word how = cell.end();
  return how.signaled ? 128 + how.value : how.value;
}

void use_pty() {
  int controller = 0, terminal = 0;
  if (::openpty(&controller, &terminal, nullptr, nullptr, nullptr) != 0) std::exit(1);
  ::dup2(terminal, STDIN_FILENO);
  ::close(terminal);
}

// Open until we end. Not Node's to make: it takes the name for a text with an end.
void listen_abstract(const std::string& name) {
  int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  if (name.size() >= sizeof at.sun_path) refuse("the name of --abstract is too long");
  std::memcpy(at.sun_path + 1, name.data(), name.size());
  auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  bool bound = fd >= 0 && ::bind(fd, reinterpret_cast<sockaddr*>(&at), size) == 0 && ::listen(fd, 16) == 0;
  if (!bound) refuse("--abstract " + name + ": " + std::strerror(errno));
}

}  // namespace

int main(int argc, char** argv) {
  Options options = parse(argc, argv);
  if (options.pty) use_pty();
  if (!options.abstract.empty()) listen_abstract(options.abstract);
  if (!options.policy.active()) return run_plain(options);
  Workshop workshop;
  auto plan = workshop.plan(options.policy, {options.command[0], kPath, "", ""});
  if (!plan) {
    std::cerr << plan.error().message << "\n";
    return workshop.host().namespaces ? 126 : 77;
  }
  switch_off(options.without, plan->jail);
  return run_jailed(options, plan->jail);
}
