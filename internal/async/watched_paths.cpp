#include "internal/async/watched_paths.h"

#include <sys/stat.h>

#include <deque>
#include <filesystem>

namespace mcp::async {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxLinks = 40;  // as the kernel's own limit

std::int64_t nanoseconds(const timespec& time) { return time.tv_sec * 1'000'000'000LL + time.tv_nsec; }

}  // namespace

std::set<std::string> directories_on_the_way(const std::string& path) {
  std::set<std::string> directories;
  std::error_code failed;
  fs::path whole = fs::absolute(path, failed).lexically_normal();
  std::deque<fs::path> left;
  for (const fs::path& part : whole.relative_path()) left.push_back(part);
  fs::path at = "/";
  for (int links = 0; !left.empty();) {
    fs::path part = std::move(left.front());
    left.pop_front();
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      at = at.parent_path();
      continue;
    }
    fs::path next = at / part;
    auto status = fs::symlink_status(next, failed);
    if (fs::is_symlink(status) && ++links <= kMaxLinks) {
      directories.insert(at);
      fs::path target = fs::read_symlink(next, failed);
      if (target.is_absolute()) at = "/";
      std::deque<fs::path> ahead;
      for (const fs::path& step : target.relative_path()) ahead.push_back(step);
      left.insert(left.begin(), ahead.begin(), ahead.end());
    } else if (left.empty() || !fs::is_directory(status)) {
      directories.insert(at);
      break;
    } else {
      at = std::move(next);
    }
  }
  return directories;
}

FileStamp FileStamp::of(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return {};
  FileStamp stamp;
  stamp.there = true;
  stamp.device = found.st_dev;
  stamp.inode = found.st_ino;
  stamp.size = found.st_size;
  stamp.changed_ns = nanoseconds(found.st_ctim);
  stamp.modified_ns = nanoseconds(found.st_mtim);
  return stamp;
}

}  // namespace mcp::async
