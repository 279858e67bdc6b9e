#include "cmd/mcp/control_client.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

namespace mcp::cmd {
namespace {

constexpr std::size_t kMaxAnswer = 16 << 20;
constexpr timeval kPatience{5, 0};

Error nobody(const std::string& directory) {
  return {ErrorCode::kUnavailable, "no gateway is running on the state directory " + directory,
          "start one with mcp serve, or name its --state-dir"};
}

Error gone() {
  return {ErrorCode::kUnavailable, "the gateway went away", "see its log; it answers to its own user only"};
}

Error full() {
  return {ErrorCode::kUnavailable, "too many connections to the gateway's control socket",
          "end some of the programs that ask it, such as mcp top"};
}

}  // namespace

ControlClient::~ControlClient() {
  if (fd_ >= 0) ::close(fd_);
}

Result<ControlClient> ControlClient::connect(const std::string& state_directory) {
  int directory = ::open(state_directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0 && errno == EACCES)
    return fail(os_error("open " + state_directory, errno, ErrorCode::kDenied));
  if (directory < 0) return fail(nobody(state_directory));
  ControlClient client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // Through the open directory, because an address has room for 107 characters.
  std::string path = "/proc/self/fd/" + std::to_string(directory) + "/" + kControlSocket;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  int connected = ::connect(client.fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  int reason = errno;
  ::close(directory);
  if (connected != 0 && (reason == EACCES || reason == EPERM)) {
    return fail(os_error("connect to " + state_directory + "/" + kControlSocket, reason, ErrorCode::kDenied)
                    .with_hint("only the user that started the gateway may ask it"));
  }
  if (connected != 0) return fail(nobody(state_directory));
  ::setsockopt(client.fd_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  ::setsockopt(client.fd_, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  return client;
}

Result<std::string> ControlClient::ask(std::string_view line) {
  std::string out = std::string(line) + "\n";
  // Who is turned away is told why before its question is read: what was said is looked at in any case.
  (void)::send(fd_, out.data(), out.size(), MSG_NOSIGNAL);
  std::string block(64 << 10, '\0');
  for (;;) {
    std::size_t end = text_.find('\n');
    if (end != std::string::npos) {
      std::string answer = text_.substr(0, end);
      text_.erase(0, end + 1);
      if (answer == kControlFull) return fail(full());
      return answer;
    }
    if (text_.size() > kMaxAnswer) return fail(ErrorCode::kLimit, "the gateway's answer has no end");
    ssize_t count = ::recv(fd_, block.data(), block.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      return fail(ErrorCode::kTimeout, "the gateway does not answer", "it may be busy: try again");
    }
    if (count <= 0) return fail(gone());
    text_.append(block, 0, static_cast<std::size_t>(count));
  }
}

}  // namespace mcp::cmd
