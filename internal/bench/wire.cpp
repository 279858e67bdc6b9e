#include "internal/bench/wire.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace mcp::bench {
namespace {

constexpr int kPatienceSeconds = 60;

Error failed(const Target& target, int why) {
  std::string whom = target.kind == Target::Kind::kUnix ? target.socket_path : target.authority();
  return os_error("connect " + whom, why, ErrorCode::kUnavailable);
}

// What the target's kernel takes of an answer that nobody reads grows with the size of segments, which on
// loopback is 64 KiB.
void narrow(int fd, int family) {
  int room = 16 << 10;
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  int segment = 1460;
  if (family != AF_UNIX) ::setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
}

// The descriptor, or an error.
Result<int> connected(const Target& target, int family, const sockaddr* address, socklen_t size) {
  int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(failed(target, errno));
  timeval patience{kPatienceSeconds, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (target.narrow) narrow(fd, family);
  int on = 1;
  if (family != AF_UNIX) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(fd, address, size) == 0) return fd;
  Error why = failed(target, errno);
  ::close(fd);
  return fail(std::move(why));
}

Result<int> connect_unix(const Target& target) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (target.socket_path.size() >= sizeof address.sun_path) {
    return fail(ErrorCode::kUsage, "the socket's path is too long: " + target.socket_path);
  }
  std::memcpy(address.sun_path, target.socket_path.data(), target.socket_path.size());
  return connected(target, AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

Result<int> connect_tcp(const Target& target) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (int why = ::getaddrinfo(target.host.c_str(), target.port.c_str(), &hints, &found); why != 0) {
    return fail(ErrorCode::kUnavailable, target.host + ": " + ::gai_strerror(why));
  }
  Result<int> fd = fail(ErrorCode::kUnavailable, target.host + ": no address");
  for (addrinfo* entry = found; entry != nullptr && !fd; entry = entry->ai_next) {
    fd = connected(target, entry->ai_family, entry->ai_addr, entry->ai_addrlen);
  }
  ::freeaddrinfo(found);
  return fd;
}

}  // namespace

Wire::~Wire() { ::close(fd_); }

Result<std::unique_ptr<Wire>> Wire::open(const Target& target, bool verify) {
  MCP_ASSIGN(int fd, target.kind == Target::Kind::kUnix ? connect_unix(target) : connect_tcp(target));
  if (target.kind == Target::Kind::kTls) return secure(fd, target, verify);
  return std::unique_ptr<Wire>(new Wire(fd));
}

Result<void> Wire::go_async() {
  int flags = ::fcntl(fd_, F_GETFL);
  if (flags < 0 || ::fcntl(fd_, F_SETFL, flags | O_NONBLOCK) < 0) return fail(os_error("fcntl", errno));
  return {};
}

Wire::Io Wire::read(char* into, std::size_t room, std::size_t& count) {
  ssize_t got = ::recv(fd_, into, room, 0);
  while (got < 0 && errno == EINTR) got = ::recv(fd_, into, room, 0);
  if (got < 0) return errno == EAGAIN ? Io::kAgain : Io::kClosed;
  count = static_cast<std::size_t>(got);
  return got == 0 ? Io::kClosed : Io::kDone;
}

Wire::Io Wire::write(std::string_view bytes, std::size_t& count) {
  ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR) sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent < 0) return errno == EAGAIN ? Io::kAgain : Io::kClosed;
  count = static_cast<std::size_t>(sent);
  return Io::kDone;
}

}  // namespace mcp::bench
