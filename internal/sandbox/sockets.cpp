#include "internal/sandbox/sockets.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>

#include "internal/sandbox/paths.h"

namespace mcp::sandbox {
namespace {

constexpr int kMaxEntries = 4096;  // looked at: this is a warning, not a search

struct Close {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

bool is_socket(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 && S_ISSOCK(about.st_mode);
}

}  // namespace

std::vector<std::string> sockets_at(const std::string& path) {
  if (is_socket(path)) return {path};
  std::vector<std::string> found;
  std::unique_ptr<DIR, Close> folder(::opendir(path.c_str()));
  for (int i = 0; folder && i < kMaxEntries; ++i) {
    const dirent* entry = ::readdir(folder.get());
    if (entry == nullptr) break;
    bool plain = entry->d_type == DT_REG || entry->d_type == DT_DIR;
    std::string at = without_slash(path) + "/" + entry->d_name;
    if (!plain && is_socket(at)) found.push_back(std::move(at));
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace mcp::sandbox
