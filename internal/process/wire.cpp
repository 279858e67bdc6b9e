#include "internal/process/wire.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace mcp::process {
namespace {

constexpr std::size_t kMaxDescriptors = 5;

template <class T>
Received receive_plain(int socket, T& message) {
  for (;;) {
    ssize_t got = ::recv(socket, &message, sizeof message, MSG_DONTWAIT);
    if (got == static_cast<ssize_t>(sizeof message)) return Received::kMessage;
    if (got >= 0) return Received::kEnd;
    // ECONNRESET stands in front of what the peer still sent when it closed with our messages unread
    // (unix(7)).
    if (errno == EINTR || errno == ECONNRESET) continue;
    return errno == EAGAIN ? Received::kNothing : Received::kEnd;
  }
}

std::array<UniqueFd*, kMaxDescriptors> in_order(LaunchDescriptors& all) {
  return {&all.channel, &all.plan, &all.standard_input, &all.standard_output, &all.standard_error};
}

std::size_t descriptors_of(const LaunchRequest& request) {
  if (request.kind == LaunchRequest::Kind::kHelper) return 1;
  return request.stderr_mode == SpawnSpec::Stderr::kPipe ? 5 : 4;
}

// Takes every descriptor that came, so that none leaks whatever was sent.
std::size_t take_descriptors(msghdr& header, LaunchDescriptors& descriptors) {
  std::size_t count = 0;
  auto order = in_order(descriptors);
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    std::size_t here = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < here; ++i) {
      UniqueFd fd;
      int number = -1;
      std::memcpy(&number, CMSG_DATA(part) + i * sizeof(int), sizeof number);
      fd.reset(number);
      if (count < order.size()) *order[count] = std::move(fd);
      ++count;
    }
  }
  return count;
}

}  // namespace

int send_launch(int socket, const LaunchRequest& request, const LaunchDescriptors& descriptors) {
  std::array<int, kMaxDescriptors> numbers{};
  std::size_t count = 0;
  for (UniqueFd* fd : in_order(const_cast<LaunchDescriptors&>(descriptors))) {
    if (*fd) numbers[count++] = fd->get();
  }
  LaunchRequest body = request;
  iovec part{&body, sizeof body};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMaxDescriptors)> control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = CMSG_SPACE(sizeof(int) * count);
  cmsghdr* rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(int) * count);
  std::memcpy(CMSG_DATA(rights), numbers.data(), sizeof(int) * count);
  for (;;) {
    if (::sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return 0;
    if (errno != EINTR) return errno;
  }
}

Received receive_launch(int socket, LaunchRequest& request, LaunchDescriptors& descriptors) {
  iovec part{&request, sizeof request};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMaxDescriptors)> control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  ssize_t got = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (got < 0) return errno == EAGAIN || errno == EINTR ? Received::kNothing : Received::kEnd;
  if (got == 0) return Received::kEnd;
  std::size_t count = take_descriptors(header, descriptors);
  bool whole = got == static_cast<ssize_t>(sizeof request) && count == descriptors_of(request);
  return whole ? Received::kMessage : Received::kNothing;
}

int send_report(int channel, const Report& report) {
  for (;;) {
    if (::send(channel, &report, sizeof report, MSG_NOSIGNAL) >= 0) return 0;
    if (errno != EINTR) return errno;
  }
}

Received receive_report(int channel, Report& report) { return receive_plain(channel, report); }
Received receive_signal(int channel, SignalRequest& request) { return receive_plain(channel, request); }

}  // namespace mcp::process
