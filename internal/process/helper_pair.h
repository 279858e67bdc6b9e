#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <vector>

#include "internal/async/loop.h"
#include "internal/base/error.h"
#include "internal/base/unique_fd.h"

namespace mcp::process {

// Two helpers (helper.h), forked before any thread exists. The first takes all launches, the other stands by:
// when one dies, the one that is left makes it a brother, so that no fork is ever made from a process with
// threads. Between the death and the brother's first word, a few milliseconds, there is one alone. When that
// dies as well, and no brother is on its way, nobody is left who could fork: lost(), for good.
// Lives on the loop, but may outlive it: no Asio object in it.
class HelperPair : public std::enable_shared_from_this<HelperPair> {
 public:
  // Single-threaded then. Errors: kLimit, kIo.
  static Result<std::shared_ptr<HelperPair>> fork();
  // As close().
  ~HelperPair();

  // From now on deaths are seen, and mended.
  void attach(async::Loop& loop);

  // Where launches go; -1: to nobody, explain() says why.
  int socket() const { return helpers_.empty() ? -1 : helpers_.front().socket.get(); }
  // This socket does not take any more: its helper is dead, though the loop has not seen it yet.
  void broken(int socket);
  // kUnavailable, for a launch that found no socket, or lost its helper while it was under way.
  Error explain() const;
  // Set when both are gone for good.
  const std::optional<Error>& lost() const { return lost_; }
  // First the one that takes launches.
  std::vector<pid_t> pids() const;

  // Returns when the helpers, and with them every leashed descendant, are gone: or after five seconds.
  void close();

 private:
  struct Helper {
    pid_t pid = 0;
    UniqueFd socket;
    UniqueFd pidfd;  // until the loop watches it
  };

  static Result<Helper> fork_one();
  static Task<void> watch(std::weak_ptr<HelperPair> weak, async::Loop* loop, pid_t pid, UniqueFd pidfd);
  static Task<void> mend(std::weak_ptr<HelperPair> weak, async::Loop* loop);
  // Waits for the first word of a brother on what will be its socket.
  static Task<Result<Helper>> await_brother(async::Loop* loop, UniqueFd socket);

  void died(pid_t pid);
  void give_up();
  bool needs_brother() const { return helpers_.size() == 1; }
  Result<UniqueFd> ask_for_brother();
  static Task<bool> make_brother(std::weak_ptr<HelperPair> weak, async::Loop* loop);
  void adopt(Helper brother);
  void do_without(const Error& why);

  async::Loop* loop_ = nullptr;
  std::vector<Helper> helpers_;  // the longest-lived first
  bool mending_ = false;         // mend() runs
  bool asked_ = false;           // a brother is on its way
  bool complained_ = false;      // that none can be made, since the last death
  bool closed_ = false;
  std::optional<Error> lost_;
};

}  // namespace mcp::process
