#include "internal/telemetry/process_stats.h"

#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace mcp::telemetry {
namespace {

constexpr std::size_t kMaxFile = 64 << 10;
constexpr int kMaxDepth = 8;            // of a tree
constexpr std::size_t kMaxNodes = 256;  // of it

std::string proc(pid_t pid, const char* file) { return "/proc/" + std::to_string(pid) + "/" + file; }

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    std::size_t end = text.find_first_of(" \n");
    if (end != 0) words.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return words;
}

std::uint64_t number(std::string_view text) { return std::strtoull(std::string(text).c_str(), nullptr, 10); }

std::size_t sum_tree(Env& env, pid_t pid, int depth, std::size_t& nodes) {
  auto own = process_stats(env, pid);
  if (!own || nodes++ >= kMaxNodes) return 0;
  std::size_t sum = own->resident_bytes;
  std::string children = proc(pid, "task/") + std::to_string(pid) + "/children";
  auto listed = depth < kMaxDepth ? env.read_file(children, kMaxFile) : Result<std::string>(std::string());
  if (!listed) return sum;
  for (std::string_view child : words_of(*listed)) {
    sum += sum_tree(env, static_cast<pid_t>(number(child)), depth + 1, nodes);
  }
  return sum;
}

}  // namespace

// proc(5), /proc/PID/stat: the command stands in parentheses and may contain anything; utime, stime and rss
// are the 12th, 13th and 22nd word behind it.
std::optional<ProcessStats> process_stats(Env& env, pid_t pid) {
  auto text = env.read_file(proc(pid, "stat"), kMaxFile);
  if (!text) return std::nullopt;
  std::size_t behind = text->rfind(')');
  if (behind == std::string::npos) return std::nullopt;
  auto words = words_of(std::string_view(*text).substr(behind + 1));
  if (words.size() < 22) return std::nullopt;
  auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  ProcessStats stats;
  stats.cpu_seconds = static_cast<double>(number(words[11]) + number(words[12])) / ticks;
  stats.resident_bytes = number(words[21]) * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return stats;
}

std::size_t resident_bytes_of_tree(Env& env, pid_t pid) {
  std::size_t nodes = 0;
  return sum_tree(env, pid, 0, nodes);
}

}  // namespace mcp::telemetry
