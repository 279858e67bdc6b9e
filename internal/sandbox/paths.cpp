#include "internal/sandbox/paths.h"

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
constexpr const char* kNeverWhole[] = {"/",    "/dev", "/etc", "/media", "/mnt", "/opt",    "/proc",
                                       "/run", "/srv", "/sys", "/tmp",   "/var", "/var/tmp"};
constexpr const char* kHomes[] = {"/home", "/Users"};

}  // namespace

std::string real_path(const std::string& path) {
  std::unique_ptr<char, decltype(&::free)> real(::realpath(path.c_str(), nullptr), &::free);
  return real ? std::string(real.get()) : std::string();
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
  return std::any_of(std::begin(kHomes), std::end(kHomes),
                     [&bare](const char* homes) { return bare == homes || folder_of(bare) == homes; });
}

bool is_too_much(const std::string& path, const std::string& home) {
  bool shared =
      std::find(std::begin(kNeverWhole), std::end(kNeverWhole), without_slash(path)) != std::end(kNeverWhole);
  return shared || is_whole_home(path, home);
}

}  // namespace mcp::sandbox
