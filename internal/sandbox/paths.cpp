#include "internal/sandbox/paths.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "internal/base/strings.h"

namespace mcp::sandbox {
namespace {

// What the sandbox has of its own, and what holds the homes and data of everybody.
constexpr const char* kNeverWhole[] = {
    "/",        "/boot",      "/dev",     "/etc",         "/media",    "/mnt",     "/opt",       "/proc",
    "/run",     "/run/user",  "/srv",     "/sys",         "/tmp",      "/var",     "/var/cache", "/var/lib",
    "/var/log", "/var/spool", "/var/tmp", "/var/backups", "/var/mail", "/run/lock"};
constexpr const char* kHomes[] = {"/home", "/Users"};
constexpr std::string_view kOfTheKernel[] = {"/proc", "/sys", "/dev"};

constexpr int kMaxLinks = 40;  // the kernel's own (MAXSYMLINKS)

// The parts of `path`, the first one last.
void push_parts(std::vector<std::string>& pending, const std::string& path) {
  std::vector<std::string> parts;
  for (std::string_view part : split(path, '/')) {
    if (!part.empty() && part != ".") parts.emplace_back(part);
  }
  pending.insert(pending.end(), parts.rbegin(), parts.rend());
}

// A user's own sockets and keys: /run/user/1000.
bool is_run_folder(const std::string& bare) { return folder_of(bare) == "/run/user"; }

}  // namespace

std::string real_path(const std::string& path) {
  std::unique_ptr<char, decltype(&::free)> real(::realpath(path.c_str(), nullptr), &::free);
  return real ? std::string(real.get()) : std::string();
}

Way follow(const std::string& path) {
  if (path.empty() || path[0] != '/') return {};
  Way way;
  std::vector<std::string> pending;
  push_parts(pending, path);
  std::string here = "/";
  for (int links = 0; !pending.empty();) {
    std::string part = std::move(pending.back());
    pending.pop_back();
    if (part == "..") {
      here = folder_of(here);
      continue;
    }
    std::string next = (here == "/" ? "" : here) + "/" + part;
    struct stat about {};
    if (::lstat(next.c_str(), &about) != 0) return {};
    if (!S_ISLNK(about.st_mode)) {
      if (!pending.empty() && !S_ISDIR(about.st_mode)) return {};
      here = std::move(next);
      continue;
    }
    char to[PATH_MAX] = {};
    if (++links > kMaxLinks || ::readlink(next.c_str(), to, sizeof to - 1) <= 0) return {};
    way.links.push_back(here);
    if (to[0] == '/') here = "/";
    push_parts(pending, to);
  }
  way.real = std::move(here);
  return way;
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

bool is_directory(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
}

std::string folder_of(const std::string& path) {
  auto slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::string base_name(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

std::string tidy(const std::string& path) {
  std::vector<std::string_view> kept;
  for (std::string_view part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      kept.push_back(part);
    } else if (!kept.empty()) {
      kept.pop_back();
    }
  }
  std::string out;
  for (std::string_view part : kept) out.append("/").append(part);
  return out.empty() ? "/" : out;
}

bool is_below(std::string_view path, std::string_view folder) {
  return path == folder ||
         (path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/');
}

bool is_common(std::string_view path) {
  return std::any_of(std::begin(kSystemFolders), std::end(kSystemFolders),
                     [path](const char* folder) { return is_below(path, folder); });
}

bool is_whole_home(const std::string& path, const std::string& home) {
  std::string bare = without_slash(path);
  if (bare == "/root" || (!home.empty() && is_below(without_slash(home), bare))) return true;
  return std::any_of(std::begin(kHomes), std::end(kHomes), [&bare](const char* homes) {
    // /home is a link on some systems.
    std::string real = real_path(homes);
    return bare == homes || folder_of(bare) == homes || (!real.empty() && is_below(real, bare)) ||
           (!real.empty() && folder_of(bare) == real);
  });
}

bool is_too_much(const std::string& path, const std::string& home) {
  bool shared =
      std::find(std::begin(kNeverWhole), std::end(kNeverWhole), without_slash(path)) != std::end(kNeverWhole);
  return shared || is_run_folder(without_slash(path)) || is_whole_home(path, home);
}

bool is_of_the_kernel(std::string_view path) {
  return std::any_of(std::begin(kOfTheKernel), std::end(kOfTheKernel),
                     [path](std::string_view folder) { return is_below(path, folder); });
}

}  // namespace mcp::sandbox
