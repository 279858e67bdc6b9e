#pragma once

#include <array>
#include <functional>
#include <memory>
#include <vector>

#include "internal/base/unique_fd.h"
#include "internal/process/spawner.h"

namespace mcp::process {

// What a Child and the watcher of its end share. No Asio object in it: the loop may be gone before the Child
// is.
struct ChildState {
  async::Loop* loop = nullptr;
  pid_t pid = 0;
  bool leashed = true;
  std::array<UniqueFd, 3> ends;     // ours, of stdin, stdout, stderr
  std::vector<UniqueFd> listeners;  // of its jail
  int channel = -1;                 // to the keeper; owned by the watcher, -1 after it
  bool ended = false;
  ExitStatus status;
  std::function<void(ExitStatus)> on_exit;
  std::shared_ptr<std::size_t> running;  // how many the Spawner has

  // Once: counts it out and calls on_exit.
  void end(ExitStatus how);
};

// A leashed child: its keeper reports on `channel`. Errors, here and below: kIo (the loop cannot watch it).
Result<std::unique_ptr<Child>> watch_leashed(std::shared_ptr<ChildState> state, UniqueFd channel);

// A detached child is a child of this process, so it is reaped here. The pidfd becomes readable at its end.
Result<std::unique_ptr<Child>> watch_detached(std::shared_ptr<ChildState> state, UniqueFd pidfd);

}  // namespace mcp::process
