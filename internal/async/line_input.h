#pragma once

#include <memory>
#include <optional>
#include <string>

#include "internal/async/loop.h"

namespace mcp::async {

// Lines from a descriptor, read through the loop, so that whoever waits for a person holds up nobody else.
// Takes the descriptor over and makes it non-blocking: give it one whose open file nobody else uses.
class LineInput {
 public:
  LineInput(Loop& loop, int descriptor);
  ~LineInput();
  LineInput(const LineInput&) = delete;
  LineInput& operator=(const LineInput&) = delete;

  static constexpr std::size_t kMaxLine = 64 << 10;

  // The next line without its end; the rest of the input when it lacks one. nullopt: end of input, or a line
  // that is too long. One waiter at a time.
  Task<std::optional<std::string>> next();
  // The end of input, from now on, for who waits too.
  void close();

 private:
  struct State;
  static Task<std::optional<std::string>> read(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace mcp::async
