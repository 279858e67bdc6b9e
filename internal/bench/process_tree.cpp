#include "internal/bench/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <sstream>

#include "internal/base/strings.h"

namespace mcp::bench {
namespace {

std::string folder_of(pid_t pid) { return "/proc/" + std::to_string(pid); }

std::string slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<ProcessFacts> all_processes() {
  std::vector<ProcessFacts> all;
  DIR* directory = ::opendir("/proc");
  if (directory == nullptr) return all;
  while (dirent* entry = ::readdir(directory)) {
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
    ProcessFacts facts = parse_stat(slurp("/proc/" + std::string(entry->d_name) + "/stat"));
    if (facts.pid != 0) all.push_back(facts);
  }
  ::closedir(directory);
  return all;
}

// What tells a copy of a process from a program that it started.
std::string identity_of(pid_t pid) {
  char link[4096];
  ssize_t length = ::readlink((folder_of(pid) + "/exe").c_str(), link, sizeof link);
  std::string text(link, length > 0 ? static_cast<std::size_t>(length) : 0);
  return text + '\0' + slurp(folder_of(pid) + "/cmdline");
}

// "VmHWM:     1234 kB" → bytes.
std::int64_t kilobytes_behind(const std::string& text, std::string_view label) {
  auto at = text.find(label);
  if (at == std::string::npos) return 0;
  std::int64_t number = 0;
  at = text.find_first_of("0123456789", at + label.size());
  if (at != std::string::npos) std::from_chars(text.data() + at, text.data() + text.size(), number);
  return number * 1024;
}

double cpu_seconds_of(const std::vector<pid_t>& processes) {
  std::int64_t ticks = 0;
  for (pid_t pid : processes) ticks += parse_stat(slurp(folder_of(pid) + "/stat")).cpu_ticks;
  return static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

ProcessFacts parse_stat(std::string_view text) {
  auto open = text.find('(');
  auto close = text.rfind(')');
  if (open == text.npos || close == text.npos || close + 2 > text.size()) return {};
  auto words =
      split(text.substr(close + 2), ' ');  // from the third on: state, parent, …, 14th and 15th: ticks
  if (words.size() < 13) return {};
  auto number = [](std::string_view word) {
    std::int64_t value = 0;
    std::from_chars(word.data(), word.data() + word.size(), value);
    return value;
  };
  ProcessFacts facts;
  facts.pid = static_cast<pid_t>(number(text.substr(0, open)));
  facts.parent = static_cast<pid_t>(number(words[1]));
  facts.cpu_ticks = number(words[11]) + number(words[12]);
  return facts;
}

std::vector<ProcessFacts> descendants(const std::vector<ProcessFacts>& all, pid_t root) {
  std::vector<ProcessFacts> found;
  for (const ProcessFacts& facts : all) {
    if (facts.pid == root) found.push_back(facts);
  }
  for (std::size_t next = 0; next < found.size(); ++next) {
    for (const ProcessFacts& facts : all) {
      if (facts.parent == found[next].pid && facts.pid != root) found.push_back(facts);
    }
  }
  return found;
}

ProcessTree::ProcessTree(pid_t root) {
  const std::string identity = identity_of(root);
  for (const ProcessFacts& facts : descendants(all_processes(), root)) {
    bool own = facts.pid == root || identity_of(facts.pid) == identity;
    (own ? own_ : servers_).push_back(facts.pid);
  }
}

ProcessTree::Cpu ProcessTree::cpu() const { return {cpu_seconds_of(own_), cpu_seconds_of(servers_)}; }

Holding ProcessTree::holding_of(const std::vector<pid_t>& processes) {
  Holding holding;
  for (pid_t pid : processes) {
    std::string status = slurp(folder_of(pid) + "/status");
    if (status.empty()) continue;
    ++holding.processes;
    holding.rss_bytes += kilobytes_behind(status, "VmRSS:");
    holding.peak_rss_bytes += kilobytes_behind(status, "VmHWM:");
    holding.pss_bytes += kilobytes_behind(slurp(folder_of(pid) + "/smaps_rollup"), "\nPss:");
  }
  return holding;
}

void ProcessTree::reset_peaks() const {
  for (const auto* processes : {&own_, &servers_}) {
    for (pid_t pid : *processes) std::ofstream(folder_of(pid) + "/clear_refs") << "5";
  }
}

}  // namespace mcp::bench
