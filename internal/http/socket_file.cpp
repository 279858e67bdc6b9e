#include "internal/http/socket_file.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "internal/http/address.h"

namespace mcp::http {
namespace {

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), kMaxSocketPath));
  return address;
}

bool has_listener(const sockaddr_un& address) {
  int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return true;  // unknown: nothing is removed
  int result = ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  // EAGAIN: somebody listens whose queue is full.
  bool refused = result != 0 && (errno == ECONNREFUSED || errno == ENOENT);
  ::close(probe);
  return !refused;
}

// Makes way for our own file.
Result<void> remove_stale(const std::string& path, const sockaddr_un& address) {
  struct stat there {};
  if (::lstat(path.c_str(), &there) != 0) {
    if (errno == ENOENT) return {};
    return fail(os_error(path, errno, errno == EACCES ? ErrorCode::kDenied : ErrorCode::kIo));
  }
  if (!S_ISSOCK(there.st_mode)) {
    return fail(ErrorCode::kExists, path + " exists and is no socket",
                "choose another path, or remove the file");
  }
  if (has_listener(address)) {
    return fail(ErrorCode::kExists, "another process listens on " + path,
                "choose another path, or stop that process");
  }
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return fail(os_error("remove " + path, errno, ErrorCode::kDenied));
}

}  // namespace

SocketFile::~SocketFile() { remove(); }

Result<void> SocketFile::bind(int descriptor, const std::string& path) {
  sockaddr_un address = address_of(path);
  MCP_TRY(remove_stale(path, address));
  // The file takes its mode from the socket, so that it is never open to others, not even for a moment.
  if (::fchmod(descriptor, 0600) != 0) return fail(os_error("chmod the socket of " + path, errno));
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ErrorCode code = errno == EADDRINUSE ? ErrorCode::kExists
                     : errno == EACCES   ? ErrorCode::kDenied
                                         : ErrorCode::kIo;
    return fail(os_error("listen on " + path, errno, code));
  }
  path_ = path;
  return {};
}

void SocketFile::remove() {
  if (!path_.empty()) (void)remove_stale(path_, address_of(path_));
  path_.clear();
}

}  // namespace mcp::http
