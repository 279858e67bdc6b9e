#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "internal/process/spawner.h"

// What the tests of this package share: looking at real processes through /proc.
namespace mcp::process::testing {

inline constexpr async::Millis kPatience{20'000};

inline std::string slurp(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

inline std::vector<std::string> entries(const std::string& path) {
  std::vector<std::string> out;
  DIR* dir = ::opendir(path.c_str());
  if (dir == nullptr) return out;
  while (dirent* entry = ::readdir(dir)) {
    if (entry->d_name[0] != '.') out.emplace_back(entry->d_name);
  }
  ::closedir(dir);
  return out;
}

inline std::size_t open_descriptors(pid_t pid) {
  return entries("/proc/" + std::to_string(pid) + "/fd").size();
}

struct ProcessStat {
  pid_t pid = 0;
  pid_t parent = 0;
  char state = '?';
  std::string name;
};

inline std::optional<ProcessStat> stat_of(const std::string& pid) {
  std::string text = slurp("/proc/" + pid + "/stat");
  auto open = text.find('(');
  auto close = text.rfind(')');
  if (close == std::string::npos) return std::nullopt;
  ProcessStat out;
  out.pid = std::stoi(pid);
  out.name = text.substr(open + 1, close - open - 1);
  std::istringstream(text.substr(close + 1)) >> out.state >> out.parent;
  return out;
}

inline std::vector<ProcessStat> all_processes() {
  std::vector<ProcessStat> out;
  for (const auto& name : entries("/proc")) {
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (auto stat = stat_of(name)) out.push_back(*stat);
  }
  return out;
}

inline std::vector<ProcessStat> children_of(pid_t parent) {
  std::vector<ProcessStat> out;
  for (auto& process : all_processes()) {
    if (process.parent == parent) out.push_back(std::move(process));
  }
  return out;
}

inline bool ended(pid_t pid) {
  auto left = stat_of(std::to_string(pid));
  return !left || left->state == 'Z';
}

// A duration for sleep(1) that no other process has on its command line.
inline std::string unique_sleep() {
  static int count = 0;
  return "86400." + std::to_string(::getpid()) + std::to_string(++count);
}

// `sleep marker` processes that run; shells that merely mention the marker do not count.
inline std::vector<pid_t> sleepers(const std::string& marker) {
  std::vector<pid_t> out;
  std::string wanted = std::string("sleep\0", 6) + marker + '\0';
  for (const auto& process : all_processes()) {
    if (slurp("/proc/" + std::to_string(process.pid) + "/cmdline") == wanted) out.push_back(process.pid);
  }
  return out;
}

// What comes until the end of file. Takes the descriptor.
inline std::string read_all(int fd) {
  std::string out;
  char chunk[4096];
  for (;;) {
    pollfd ready{fd, POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(kPatience.count())) <= 0) {
      ADD_FAILURE() << "no end of file";
      break;
    }
    ssize_t got = ::read(fd, chunk, sizeof chunk);
    if (got <= 0) break;
    out.append(chunk, static_cast<std::size_t>(got));
  }
  ::close(fd);
  return out;
}

inline std::string read_line(int fd) {
  std::string out;
  for (char c = 0;;) {
    pollfd ready{fd, POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(kPatience.count())) <= 0 || ::read(fd, &c, 1) != 1) {
      ADD_FAILURE() << "no line, only: " << out;
      return out;
    }
    if (c == '\n') return out;
    out += c;
  }
}

inline std::map<std::string, std::string> plain_environment() {
  return {{"PATH", "/usr/local/bin:/usr/bin:/bin"}};
}

inline SpawnSpec shell(const std::string& script) {
  SpawnSpec spec;
  spec.argv = {"sh", "-c", script};
  spec.environment = plain_environment();
  return spec;
}

// A Spawner on a loop.
class Nursery {
 public:
  Nursery() : spawner_(std::move(Spawner::fork_helpers().value())) { spawner_->attach(loop_); }

  Result<std::unique_ptr<Child>> spawn(SpawnSpec spec) {
    return spawn(std::move(spec), [] {});
  }

  // `asked` is called once the helper was asked.
  Result<std::unique_ptr<Child>> spawn(SpawnSpec spec, const std::function<void()>& asked) {
    std::optional<Result<std::unique_ptr<Child>>> out;
    loop_.spawn(spawn_into(spawner_.get(), std::move(spec), &out));
    loop_.run_ready();
    asked();
    loop_.run_until([&] { return out.has_value(); }, kPatience);
    return std::move(out).value();
  }

  std::unique_ptr<Child> must_spawn(SpawnSpec spec) {
    auto child = spawn(std::move(spec));
    if (!child) ADD_FAILURE() << child.error().message;
    return child ? std::move(*child) : nullptr;
  }

  // Serves the loop until the condition about other processes holds.
  bool eventually(const std::function<bool()>& holds) {
    auto until = std::chrono::steady_clock::now() + kPatience;
    while (!holds()) {
      if (std::chrono::steady_clock::now() >= until) return false;
      loop_.run_until([] { return false; }, async::Millis(2));
    }
    return true;
  }

  std::optional<ExitStatus> await_exit(Child& child) {
    std::optional<ExitStatus> out;
    child.on_exit([&](ExitStatus how) { out = how; });
    loop_.run_until([&] { return out.has_value(); }, kPatience);
    return out;
  }

  // The one that takes launches, and the one that stands by.
  pid_t helper() { return spawner_->helpers().at(0); }
  pid_t second() { return spawner_->helpers().at(1); }

  Spawner& spawner() { return *spawner_; }
  async::Loop& loop() { return loop_; }
  void drop_spawner() { spawner_.reset(); }

 private:
  static Task<void> spawn_into(Spawner* spawner, SpawnSpec spec,
                               std::optional<Result<std::unique_ptr<Child>>>* out) {
    auto child = co_await spawner->spawn(std::move(spec));
    out->emplace(std::move(child));
  }

  std::unique_ptr<Spawner> spawner_;
  async::Loop loop_;
};

}  // namespace mcp::process::testing
