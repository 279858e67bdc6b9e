#include "tests/soak/sampler.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

namespace mcp::soak {
namespace {

std::string slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> entries(const std::string& path) {
  std::vector<std::string> names;
  DIR* directory = ::opendir(path.c_str());
  if (directory == nullptr) return names;
  while (dirent* entry = ::readdir(directory)) {
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  ::closedir(directory);
  return names;
}

// The sockets ("socket:[INODE]") of connections whose other end has this port.
std::set<std::string> sockets_to(pid_t pid, int port) {
  std::set<std::string> sockets;
  std::istringstream table(slurp("/proc/" + std::to_string(pid) + "/net/tcp"));
  std::string line;
  std::getline(table, line);
  while (std::getline(table, line)) {
    std::istringstream words(line);
    std::string number, local, remote, state, queues, timer, retransmits, user, timeout, inode;
    words >> number >> local >> remote >> state >> queues >> timer >> retransmits >> user >> timeout >> inode;
    auto colon = remote.find(':');
    bool ours = colon != remote.npos && std::stoi(remote.substr(colon + 1), nullptr, 16) == port;
    if (ours) sockets.insert("socket:[" + inode + "]");
  }
  return sockets;
}

std::string target_of(const std::string& link) {
  char text[256];
  ssize_t length = ::readlink(link.c_str(), text, sizeof text);
  return length > 0 ? std::string(text, static_cast<std::size_t>(length)) : std::string();
}

}  // namespace

Household Household::of(const std::string& home) {
  Household household;
  const std::string mark = std::string(1, '\0') + "HOME=" + home + std::string(1, '\0');
  for (const std::string& name : entries("/proc")) {
    if (name.find_first_not_of("0123456789") != name.npos) continue;
    Member member;
    member.environment = std::string(1, '\0') + slurp("/proc/" + name + "/environ");
    if (member.environment.find(mark) == std::string::npos) continue;
    member.pid = std::stoi(name);
    member.command = slurp("/proc/" + name + "/cmdline");
    std::replace(member.command.begin(), member.command.end(), '\0', ' ');
    household.members.push_back(std::move(member));
  }
  return household;
}

std::vector<Household::Member> Household::with(std::string_view word) const {
  std::vector<Member> found;
  for (const Member& member : members) {
    if (member.command.find(word) != std::string::npos) found.push_back(member);
  }
  return found;
}

std::string Holdings::text() const {
  return std::to_string(processes) + " processes, " + std::to_string(descriptors) + " descriptors (+" +
         std::to_string(upstream) + " kept for the remote)";
}

Holdings holdings_of(const std::string& home, std::string_view own_word, int upstream_port) {
  Household household = Household::of(home);
  Holdings holdings;
  holdings.processes = household.members.size();
  for (const Household::Member& member : household.with(own_word)) {
    auto upstream = sockets_to(member.pid, upstream_port);
    const std::string folder = "/proc/" + std::to_string(member.pid) + "/fd";
    for (const std::string& descriptor : entries(folder)) {
      ++(upstream.count(target_of(folder + "/" + descriptor)) > 0 ? holdings.upstream : holdings.descriptors);
    }
  }
  return holdings;
}

std::optional<std::int64_t> memory_of(pid_t pid) {
  std::istringstream lines(slurp("/proc/" + std::to_string(pid) + "/smaps_rollup"));
  std::string line;
  while (std::getline(lines, line)) {
    if (line.rfind("Pss:", 0) == 0) return std::stoll(line.substr(4)) * 1024;
  }
  return std::nullopt;
}

std::int64_t MemoryCurve::most() const {
  std::int64_t most = 0;
  for (const Point& point : points_) most = std::max(most, point.bytes);
  return most;
}

double MemoryCurve::slope(double warm_up) const {
  if (points_.empty()) return 0;
  auto warm = static_cast<std::int64_t>(warm_up * static_cast<double>(points_.back().calls));
  double n = 0, x = 0, y = 0, xx = 0, xy = 0;
  for (const Point& point : points_) {
    if (point.calls < warm) continue;
    auto calls = static_cast<double>(point.calls) / 100'000;
    auto bytes = static_cast<double>(point.bytes);
    n += 1, x += calls, y += bytes, xx += calls * calls, xy += calls * bytes;
  }
  double spread = n * xx - x * x;
  return spread > 0 ? (n * xy - x * y) / spread : 0;
}

}  // namespace mcp::soak
