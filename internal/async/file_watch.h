#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "internal/async/loop.h"
#include "internal/base/error.h"

namespace mcp::async {

// Tells when a set of files has changed: written in place, renamed over by an editor, swapped behind a
// symbolic link, removed, made. Looks at their directories (inotify), so that a file need not be there yet.
// Lives on the loop.
class FileWatch {
 public:
  // Called once the last change is `quiet` old, so that a file is not read while it is being written; when
  // changes do not end, after ten times that.
  FileWatch(Loop& loop, std::function<void()> changed, Millis quiet = Millis{200});
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  static constexpr std::size_t kMaxFiles = 1'000;
  static constexpr std::size_t kMaxDirectories = 256;

  // These files from now on; what was seen of others is forgotten. Errors: kLimit (more than can be watched),
  // kIo; those that can be watched are, even so.
  Result<void> watch(std::vector<std::string> files);
  // Nothing is watched any more, nothing called.
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace mcp::async
