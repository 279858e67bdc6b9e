#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "internal/async/loop.h"
#include "internal/base/error.h"

namespace mcp::async {

// Answers lines on a unix-domain socket, a line for each, to processes of our own user (SO_PEERCRED) and to
// nobody else: their connections are closed without a word. Lives on the loop.
class LocalLines {
 public:
  static constexpr std::size_t kMaxLine = 4096;       // a longer one ends its connection
  static constexpr std::size_t kMaxConnections = 16;  // one more is told `when_full`, and closed
  static constexpr Millis kPatience{60'000};          // with a connection that asks nothing, or reads nothing

  // answer: to one line, without its end; the answer has none either. Called on the loop.
  using Answer = std::function<std::string(std::string_view line)>;
  LocalLines(Loop& loop, Answer answer, std::string when_full);
  ~LocalLines();
  LocalLines(const LocalLines&) = delete;
  LocalLines& operator=(const LocalLines&) = delete;

  // directory/name, mode 0600; the path may be longer than an address of a socket. A socket that stands there
  // already is replaced: its owner must be known to be gone. Errors: kIo, kDenied, kNotFound (directory).
  Result<void> listen(const std::string& directory, const std::string& name);
  // Ends all connections and removes the socket. The destructor does too.
  void stop();
  std::size_t connections() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace mcp::async
