#include "internal/sandbox/network.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstring>

namespace mcp::sandbox {
namespace {

constexpr std::uint32_t kLoopbackNet = 0x7f;
constexpr int kBacklog = 128;

UniqueFd control_socket() { return UniqueFd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)); }

sockaddr_in address_of(const Listener& place) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(place.port);
  address.sin_addr.s_addr = htonl(place.address);
  return address;
}

// "lo:1", "lo:2", …: one more address of the interface, for itself alone.
bool add_address(std::size_t number, const Listener& place) {
  UniqueFd socket = control_socket();
  ifreq request{};
  std::snprintf(request.ifr_name, sizeof request.ifr_name, "lo:%zu", number + 1);
  sockaddr_in address = address_of({place.address, 0});
  std::memcpy(&request.ifr_addr, &address, sizeof address);
  if (!socket || ::ioctl(socket.get(), SIOCSIFADDR, &request) != 0) return false;
  address.sin_addr.s_addr = 0xffffffff;
  std::memcpy(&request.ifr_netmask, &address, sizeof address);
  return ::ioctl(socket.get(), SIOCSIFNETMASK, &request) == 0;
}

UniqueFd listen_at(const Listener& place) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address = address_of(place);
  if (!socket || ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return {};
  return ::listen(socket.get(), kBacklog) == 0 ? std::move(socket) : UniqueFd();
}

}  // namespace

bool raise_loopback() {
  UniqueFd socket = control_socket();
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  return socket && ::ioctl(socket.get(), SIOCSIFFLAGS, &request) == 0;
}

std::vector<UniqueFd> open_listeners(const std::vector<Listener>& places) {
  std::vector<UniqueFd> out;
  for (const Listener& place : places) {
    if (place.address >> 24 != kLoopbackNet && !add_address(out.size(), place)) return out;
    UniqueFd socket = listen_at(place);
    if (!socket) return out;
    out.push_back(std::move(socket));
  }
  return out;
}

}  // namespace mcp::sandbox
