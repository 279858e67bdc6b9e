#include "internal/process/reaping.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <string_view>

#include "internal/base/unique_fd.h"

namespace mcp::process {
namespace {

constexpr std::chrono::seconds kGiveUpAfter{10};
constexpr int kRoundMs = 20;

std::optional<std::string> read_proc(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return std::nullopt;
  std::string text;
  char chunk[4096];
  for (ssize_t got = 0; (got = ::read(fd.get(), chunk, sizeof chunk)) > 0;) {
    text.append(chunk, static_cast<std::size_t>(got));
  }
  return text;
}

std::vector<pid_t> parse_pids(std::string_view text) {
  std::vector<pid_t> pids;
  const char* at = text.data();
  const char* end = at + text.size();
  while (at < end) {
    pid_t pid = 0;
    auto [next, bad] = std::from_chars(at, end, pid);
    if (bad == std::errc()) pids.push_back(pid);
    at = next + 1;
  }
  return pids;
}

// The fourth field of stat, after a name that may hold anything up to the last ')' (proc(5)).
pid_t parent_in_stat(std::string_view stat) {
  auto close = stat.rfind(')');
  if (close == std::string_view::npos || close + 4 >= stat.size()) return 0;
  auto pids = parse_pids(stat.substr(close + 4));
  return pids.empty() ? 0 : pids[0];
}

// For kernels without CONFIG_PROC_CHILDREN.
std::vector<pid_t> scan_for_children() {
  std::vector<pid_t> out;
  DIR* proc = ::opendir("/proc");
  if (proc == nullptr) return out;
  while (dirent* entry = ::readdir(proc)) {
    std::string name = entry->d_name;
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    auto stat = read_proc("/proc/" + name + "/stat");
    if (stat && parent_in_stat(*stat) == ::getpid()) out.push_back(parse_pids(name)[0]);
  }
  ::closedir(proc);
  return out;
}

// False when there is no child left.
bool reap_some() {
  for (;;) {
    pid_t pid = ::waitpid(-1, nullptr, WNOHANG);
    if (pid > 0 || (pid < 0 && errno == EINTR)) continue;
    return pid == 0;
  }
}

}  // namespace

std::vector<pid_t> direct_children() {
  auto text = read_proc("/proc/thread-self/children");
  return text ? parse_pids(*text) : scan_for_children();
}

int open_signal_fd(std::initializer_list<int> numbers) {
  sigset_t set;
  ::sigemptyset(&set);
  for (int number : numbers) ::sigaddset(&set, number);
  return ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

bool drain_signals(int signal_fd, int number) {
  bool seen = false;
  signalfd_siginfo info{};
  while (::read(signal_fd, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    seen = seen || info.ssi_signo == static_cast<std::uint32_t>(number);
  }
  return seen;
}

void kill_descendants(int signal_fd) {
  auto until = std::chrono::steady_clock::now() + kGiveUpAfter;
  for (;;) {
    for (pid_t pid : direct_children()) ::kill(pid, SIGKILL);
    if (!reap_some() || std::chrono::steady_clock::now() >= until) return;
    pollfd wake{signal_fd, POLLIN, 0};
    ::poll(&wake, 1, kRoundMs);
    drain_signals(signal_fd, SIGCHLD);
  }
}

}  // namespace mcp::process
