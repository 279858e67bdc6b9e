#include "internal/sandbox/cgroups.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <ctime>
#include <utility>

#include "internal/base/strings.h"
#include "internal/base/unique_fd.h"

namespace mcp::sandbox {
namespace {

constexpr std::string_view kPrefix = "mcp-";
constexpr std::uint64_t kPeriodUs = 100'000;
constexpr int kRemoveTries = 200;

bool put(const std::string& file, std::string_view text) {
  UniqueFd open(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  return open && ::write(open.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

std::string get(const std::string& file) {
  UniqueFd open(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  char chunk[8192];
  for (ssize_t got = 0; open && (got = ::read(open.get(), chunk, sizeof chunk)) > 0;) {
    text.append(chunk, static_cast<std::size_t>(got));
  }
  return text;
}

// "mcp-4711" of a process that is no more.
void sweep(const std::string& parent) {
  DIR* listing = ::opendir(parent.c_str());
  if (listing == nullptr) return;
  while (dirent* entry = ::readdir(listing)) {
    std::string_view name = entry->d_name;
    if (!name.starts_with(kPrefix)) continue;
    name.remove_prefix(kPrefix.size());
    pid_t pid = 0;
    auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), pid);
    bool whole = bad == std::errc() && end == name.data() + name.size() && pid > 0;
    if (whole && ::kill(pid, 0) != 0 && errno == ESRCH) ::rmdir((parent + "/" + entry->d_name).c_str());
  }
  ::closedir(listing);
}

// Can a group be made in `parent`, and does it have the file, and can that be written?
bool works(const std::string& parent, const std::string& file, std::string_view value) {
  if (parent.empty()) return false;
  sweep(parent);
  std::string trial = parent + "/" + std::string(kPrefix) + std::to_string(::getpid());
  if (::mkdir(trial.c_str(), 0755) != 0 && errno != EEXIST) return false;
  bool good = put(trial + "/" + file, value) && ::access((trial + "/cgroup.procs").c_str(), W_OK) == 0;
  ::rmdir(trial.c_str());
  return good;
}

// `at` or the nearest directory above it, not above the hierarchy's own root, where a group works. A group
// that has processes of its own cannot give controllers to its children (cgroup-v2, "No Internal Process
// Constraint"): then a sibling can.
std::string place_for(const std::string& at, const std::string& file, std::string_view value) {
  if (works(at, file, value)) return at;
  std::string above = at.substr(0, at.rfind('/'));
  bool inside = ::access((above + "/cgroup.procs").c_str(), F_OK) == 0;
  return inside && works(above, file, value) ? above : "";
}

std::string_view field(std::string_view line, std::size_t index) {
  auto parts = split(line, ' ');
  return index < parts.size() ? parts[index] : std::string_view();
}

bool has_word(std::string_view list, std::string_view word) {
  for (std::string_view part : split(list, ',')) {
    if (part == word) return true;
  }
  return false;
}

// mountinfo: "ID PARENT DEV ROOT POINT OPTIONS … - TYPE SOURCE SUPER" (proc(5)).
std::string mount_point(std::string_view mountinfo, std::string_view type, std::string_view controller) {
  for (std::string_view line : split(mountinfo, '\n')) {
    auto dash = line.find(" - ");
    if (dash == std::string_view::npos) continue;
    std::string_view tail = line.substr(dash + 3);
    if (field(tail, 0) != type) continue;
    if (controller.empty() || has_word(field(tail, 2), controller)) return std::string(field(line, 4));
  }
  return "";
}

std::string joined(const std::string& point, std::string_view path) {
  if (point.empty()) return "";
  return path == "/" ? point : point + std::string(path);
}

}  // namespace

CgroupPlaces parse_places(std::string_view cgroup, std::string_view mountinfo) {
  CgroupPlaces places;
  for (std::string_view line : split(cgroup, '\n')) {
    auto first = line.find(':');
    auto second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    std::string_view controllers = line.substr(first + 1, second - first - 1);
    std::string_view path = line.substr(second + 1);
    if (controllers.empty()) places.v2 = joined(mount_point(mountinfo, "cgroup2", ""), path);
    for (auto [name, place] : {std::pair{"memory", &places.memory}, std::pair{"pids", &places.pids},
                               std::pair{"cpu", &places.cpu}}) {
      if (has_word(controllers, name)) *place = joined(mount_point(mountinfo, "cgroup", name), path);
    }
  }
  return places;
}

std::string_view Cgroups::kind() const {
  if (unified) return "v2";
  return memory.empty() && pids.empty() && cpu.empty() ? "none" : "v1";
}

void sweep_cgroups() {
  CgroupPlaces at = parse_places(get("/proc/self/cgroup"), get("/proc/self/mountinfo"));
  for (const std::string& place : {at.v2, at.memory, at.pids, at.cpu}) {
    if (place.empty()) continue;
    sweep(place);
    sweep(place.substr(0, place.rfind('/')));
  }
}

Cgroups try_cgroups() {
  return try_cgroups(parse_places(get("/proc/self/cgroup"), get("/proc/self/mountinfo")));
}

Cgroups try_cgroups(const CgroupPlaces& at) {
  Cgroups found;
  if (!at.v2.empty()) {
    found.memory = place_for(at.v2, "memory.max", "max");
    found.pids = place_for(at.v2, "pids.max", "max");
    found.cpu = place_for(at.v2, "cpu.max", "max");
    found.unified = !found.memory.empty() || !found.pids.empty() || !found.cpu.empty();
  }
  if (found.unified) return found;
  found.memory = place_for(at.memory, "memory.limit_in_bytes", "-1");
  found.pids = place_for(at.pids, "pids.max", "max");
  found.cpu = place_for(at.cpu, "cpu.cfs_quota_us", "-1");
  return found;
}

namespace {

void add(std::vector<Group>& groups, const std::string& parent, std::string file, std::string value,
         std::string events = {}) {
  if (parent.empty()) return;
  Group* group = nullptr;
  for (Group& one : groups) {
    if (one.parent == parent) group = &one;
  }
  if (group == nullptr) group = &groups.emplace_back(Group{parent, {}, {}});
  group->settings.emplace_back(std::move(file), std::move(value));
  if (!events.empty()) group->events.push_back(std::move(events));
}

}  // namespace

std::vector<Group> groups_for(const Cgroups& cgroups, const Limits& limits, bool counted_by_user) {
  std::vector<Group> groups;
  bool v2 = cgroups.unified;
  if (limits.memory != 0) {
    std::string bytes = std::to_string(limits.memory);
    add(groups, cgroups.memory, v2 ? "memory.max" : "memory.limit_in_bytes", bytes,
        v2 ? "memory.events" : "memory.oom_control");
    // A leading "?": where there is no swap accounting there is no such file.
    add(groups, cgroups.memory, v2 ? "?memory.swap.max" : "?memory.memsw.limit_in_bytes", v2 ? "0" : bytes);
  }
  if (limits.cpu_percent != 0) {
    std::string quota = std::to_string(kPeriodUs * limits.cpu_percent / 100);
    if (v2) {
      add(groups, cgroups.cpu, "cpu.max", quota + " " + std::to_string(kPeriodUs));
    } else {
      add(groups, cgroups.cpu, "cpu.cfs_period_us", std::to_string(kPeriodUs));
      add(groups, cgroups.cpu, "cpu.cfs_quota_us", quota);
    }
  }
  if (groups.empty() && counted_by_user) return groups;
  add(groups, cgroups.pids, "pids.max", std::to_string(limits.pids == 0 ? kDefaultPids : limits.pids),
      "pids.events");
  return groups;
}

namespace {

// Of the line that begins with `name`.
std::uint64_t counted(const std::string& events, std::string_view name) {
  for (std::string_view line : split(events, '\n')) {
    std::uint64_t number = 0;
    if (!line.starts_with(name)) continue;
    line.remove_prefix(name.size());
    std::from_chars(line.data(), line.data() + line.size(), number);
    return number;
  }
  return 0;
}

}  // namespace

bool JoinedGroups::join(const std::vector<Group>& groups, pid_t pid) {
  for (const Group& group : groups) {
    std::string made = group.parent + "/" + std::string(kPrefix) + std::to_string(::getpid());
    if (::mkdir(made.c_str(), 0755) != 0 && errno != EEXIST) return false;
    made_.push_back(made);
    for (const std::string& file : group.events) events_.push_back(made + "/" + file);
    for (const auto& [file, value] : group.settings) {
      bool optional = file.starts_with('?');
      std::string path = made + "/" + file.substr(optional ? 1 : 0);
      if (optional && ::access(path.c_str(), W_OK) != 0) continue;
      if (!put(path, value)) return false;
    }
    if (!put(made + "/cgroup.procs", std::to_string(pid))) return false;
  }
  return true;
}

Word::Limit JoinedGroups::met() const {
  auto limit = Word::Limit::kNone;
  for (const std::string& file : events_) {
    bool pids = file.ends_with("/pids.events");
    if (counted(get(file), pids ? "max " : "oom_kill ") == 0) continue;
    if (!pids) return Word::Limit::kMemory;
    limit = Word::Limit::kPids;
  }
  return limit;
}

void JoinedGroups::remove() {
  for (const std::string& path : std::exchange(made_, {})) {
    // Its processes have been reaped, but the kernel lets go of them a little later.
    for (int i = 0; i < kRemoveTries && ::rmdir(path.c_str()) != 0 && errno == EBUSY; ++i) {
      timespec pause{0, 1'000'000};
      ::nanosleep(&pause, nullptr);
    }
  }
}

}  // namespace mcp::sandbox
