#include "internal/process/wire.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <span>

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

// The socket's message with the descriptors `numbers`. 0 or errno.
int send_with(int socket, const void* body, std::size_t size, std::span<const int> numbers, int flags) {
  iovec part{const_cast<void*>(body), size};
  std::vector<std::max_align_t> room;
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (!numbers.empty()) {
    room.resize(CMSG_SPACE(numbers.size_bytes()) / sizeof(std::max_align_t) + 1);
    header.msg_control = room.data();
    header.msg_controllen = CMSG_SPACE(numbers.size_bytes());
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(numbers.size_bytes());
    std::memcpy(CMSG_DATA(rights), numbers.data(), numbers.size_bytes());
  }
  for (;;) {
    if (::sendmsg(socket, &header, MSG_NOSIGNAL | flags) >= 0) return 0;
    if (errno != EINTR) return errno;
  }
}

std::size_t expected_with(const LaunchRequest& request) {
  if (request.kind == LaunchRequest::Kind::kHelper) return 1;
  return request.stderr_mode == SpawnSpec::Stderr::kPipe ? 5 : 4;
}

// Takes every descriptor that came, so that none leaks whatever was sent.
std::vector<UniqueFd> descriptors_of(msghdr& header) {
  std::vector<UniqueFd> out;
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    std::size_t here = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < here; ++i) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(part) + i * sizeof(int), sizeof number);
      out.emplace_back(number);
    }
  }
  return out;
}

std::array<UniqueFd*, kMaxDescriptors> in_order(LaunchDescriptors& all) {
  return {&all.channel, &all.plan, &all.standard_input, &all.standard_output, &all.standard_error};
}

}  // namespace

int send_launch(int socket, const LaunchRequest& request, const LaunchDescriptors& descriptors) {
  std::array<int, kMaxDescriptors> numbers{};
  std::size_t count = 0;
  for (UniqueFd* fd : in_order(const_cast<LaunchDescriptors&>(descriptors))) {
    if (*fd) numbers[count++] = fd->get();
  }
  return send_with(socket, &request, sizeof request, std::span(numbers).first(count), MSG_DONTWAIT);
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
  std::vector<UniqueFd> came = descriptors_of(header);
  auto order = in_order(descriptors);
  for (std::size_t i = 0; i < came.size() && i < order.size(); ++i) *order[i] = std::move(came[i]);
  bool whole = got == static_cast<ssize_t>(sizeof request) && came.size() == expected_with(request);
  return whole ? Received::kMessage : Received::kNothing;
}

int send_report(int channel, const Report& report, const std::vector<int>& descriptors) {
  return send_with(channel, &report, sizeof report, descriptors, 0);
}

Received receive_report(int channel, Report& report, std::vector<UniqueFd>& descriptors) {
  iovec part{&report, sizeof report};
  std::vector<std::max_align_t> room(CMSG_SPACE(sizeof(int) * sandbox::kMaxAllow) / sizeof(std::max_align_t) +
                                     1);
  for (;;) {
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = room.data();
    header.msg_controllen = room.size() * sizeof(std::max_align_t);
    ssize_t got = ::recvmsg(channel, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    // As in receive_plain().
    if (got < 0 && (errno == EINTR || errno == ECONNRESET)) continue;
    if (got < 0) return errno == EAGAIN ? Received::kNothing : Received::kEnd;
    descriptors = descriptors_of(header);
    return got == static_cast<ssize_t>(sizeof report) ? Received::kMessage : Received::kEnd;
  }
}

Received receive_report(int channel, Report& report) { return receive_plain(channel, report); }
Received receive_signal(int channel, SignalRequest& request) { return receive_plain(channel, request); }

}  // namespace mcp::process
