#pragma once

#include <functional>
#include <memory>
#include <string>

#include "internal/async/loop.h"

namespace mcp::runtime {

// Carries a child's stderr into the log, a line at a time with the server's name, at most kLinesPerSecond of
// them. Remembers the last line that said something: it explains an exit better than the exit status does.
// Beyond kBurst it is read no faster than kBytesPerSecond: whoever floods waits, and costs next to nothing.
class StderrLog {
 public:
  static constexpr int kLinesPerSecond = 20;
  static constexpr std::size_t kMaxLine = 2048;
  static constexpr std::size_t kBytesPerSecond = 1 << 20;
  static constexpr std::size_t kBurst = 16 << 20;

  // Takes the descriptor over. on_held is told of each pause.
  StderrLog(async::Loop& loop, int fd, std::string server, std::function<void(async::Millis)> on_held = {});
  ~StderrLog();
  StderrLog(const StderrLog&) = delete;
  StderrLog& operator=(const StderrLog&) = delete;

  const std::string& last_line() const;
  // Has everything been read, so that the last line is the last word?
  bool ended() const;
  // Called once, at that moment.
  void on_end(std::function<void()> fn);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace mcp::runtime
