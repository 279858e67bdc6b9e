#pragma once

#include <string>

#include "internal/base/error.h"

namespace mcp::http {

// The file of a listening Unix-domain socket: its owner's alone, there as long as somebody listens.
class SocketFile {
 public:
  SocketFile() = default;
  ~SocketFile();
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;

  // Binds the socket to a new file of mode 0600. A file that a dead process left is replaced.
  // Errors: kExists (a process listens there; a file of another kind), kDenied, kIo.
  Result<void> bind(int descriptor, const std::string& path);
  // When the socket is closed: removes the file, unless somebody else listens there meanwhile.
  void remove();

 private:
  std::string path_;
};

}  // namespace mcp::http
