#pragma once

#include <cstdint>
#include <set>
#include <string>

#include <sys/types.h>

namespace mcp::async {

// The directories in which something has to happen for this path to lead to another content: that of the
// file, and that of every symbolic link on the way (Kubernetes swaps a link in the middle). Where the path
// breaks off, the last directory that is there.
std::set<std::string> directories_on_the_way(const std::string& path);

// Which content a path leads to, without reading it: differs whenever the file was written, replaced or
// removed.
struct FileStamp {
  bool there = false;
  dev_t device = 0;
  ino_t inode = 0;
  std::int64_t size = 0, changed_ns = 0, modified_ns = 0;

  static FileStamp of(const std::string& path);
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

}  // namespace mcp::async
