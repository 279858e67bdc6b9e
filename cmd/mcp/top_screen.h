#pragma once

#include <termios.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "internal/base/error.h"

namespace mcp::cmd {

// The terminal of a view that is drawn over and over: its alternate screen, without a cursor, keys read one
// by one. Everything is as before once this is destroyed, and while the program is stopped (Ctrl-Z, SIGTSTP);
// signals that end or stop it are waited for, so that it is. One at a time.
class TopScreen {
 public:
  // stdin and stdout are the terminal. Errors: kIo.
  static Result<TopScreen> open();
  TopScreen(TopScreen&& other) noexcept : saved_(other.saved_), open_(std::exchange(other.open_, false)) {}
  TopScreen& operator=(TopScreen&&) = delete;
  ~TopScreen();

  std::pair<std::size_t, std::size_t> size() const;  // columns, lines
  void draw(const std::vector<std::string>& lines) const;

  enum class Event { kTick, kQuit, kInterrupt, kResize };
  // A key that ends (q, Ctrl-C), a signal, another size (or the return from being stopped: all is to be drawn
  // anew); kTick when nothing of that came in time.
  Event wait(std::chrono::milliseconds time) const;

 private:
  explicit TopScreen(const termios& saved) : saved_(saved), open_(true) {}
  bool enter() const;
  void leave() const;
  void suspend() const;

  termios saved_;
  bool open_;
};

// For a view without a terminal: SIGINT and SIGTERM are waited for too. True: one came.
bool interrupted_within(std::chrono::milliseconds time);

}  // namespace mcp::cmd
