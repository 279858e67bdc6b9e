#pragma once

#include <string>
#include <string_view>

#include "internal/base/error.h"

namespace mcp::cmd {

// In the state directory of a gateway that listens.
inline constexpr const char* kControlSocket = "control.sock";
// What it says to a connection too many.
inline constexpr const char* kControlFull = R"({"error":"too many connections"})";

// Asks the gateway that runs on a state directory, over its control socket: a line of JSON each way. Blocks,
// at most for five seconds a step.
class ControlClient {
 public:
  // Errors: kUnavailable (no gateway runs there), kDenied (another user's), kIo.
  static Result<ControlClient> connect(const std::string& state_directory);
  ControlClient(ControlClient&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  ControlClient& operator=(ControlClient&&) = delete;
  ~ControlClient();

  // The answer, without its end. Errors: kUnavailable (it went away, or too many ask it), kTimeout, kLimit.
  Result<std::string> ask(std::string_view line);

 private:
  explicit ControlClient(int fd) : fd_(fd) {}
  int fd_;
  std::string text_;  // behind the last answer
};

}  // namespace mcp::cmd
