#pragma once

#include <string>

#include "internal/base/env.h"
#include "internal/base/error.h"

namespace mcp::cmd {

// Who but its owner may put files into a directory: "everyone", "its group", or nobody (empty, also when it
// cannot be looked at).
std::string strangers_who_write(const std::string& directory);

// One gateway a state directory. Held until destruction or the end of the process, however it ends.
class StateLock {
 public:
  // Makes the directory (0700) and takes DIR/gateway.lock. No directory (empty): no lock. Errors: kExists,
  // naming the holder; kConfig, kIo.
  static Result<StateLock> acquire(Env& env, const std::string& directory);
  StateLock(StateLock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  StateLock& operator=(StateLock&&) = delete;
  ~StateLock();

  // Tells a second gateway who holds the lock.
  void describe(const std::string& text) const;

 private:
  explicit StateLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace mcp::cmd
