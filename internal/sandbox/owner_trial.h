#pragma once

#include <sys/types.h>

#include <map>
#include <string>

namespace mcp::sandbox {

// Can a root gateway show a path with its owner's rights (idmap.h)? That is a property of the file system:
// found by trying, remembered by device.
class OwnerTrials {
 public:
  // False too when the path is not there.
  bool work(const std::string& path);

 private:
  std::map<dev_t, bool> known_;
};

}  // namespace mcp::sandbox
