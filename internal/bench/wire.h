#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "internal/base/error.h"
#include "internal/bench/target.h"

namespace mcp::bench {

// One connection to the target. Opened blocking, with a deadline on each step; after go_async() no call
// waits. Ends when it is destroyed.
class Wire {
 public:
  virtual ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // verify: hold a TLS target's certificate against the system's authorities. Errors: kUnavailable, kDenied.
  static Result<std::unique_ptr<Wire>> open(const Target& target, bool verify);

  int descriptor() const { return fd_; }
  Result<void> go_async();

  enum class Io { kDone, kAgain, kClosed };
  // kAgain: nothing now. count: bytes moved when kDone.
  virtual Io read(char* into, std::size_t room, std::size_t& count);
  virtual Io write(std::string_view bytes, std::size_t& count);
  // Bytes that were read from the socket already, which epoll therefore does not tell of.
  virtual bool holds_unread() const { return false; }

 protected:
  explicit Wire(int fd) : fd_(fd) {}
  static Result<std::unique_ptr<Wire>> secure(int fd, const Target& target, bool verify);
  int fd_;
};

}  // namespace mcp::bench
