#pragma once

#include <functional>
#include <memory>
#include <string>

#include "internal/async/tcp.h"
#include "internal/async/timer.h"

namespace mcp::runtime {

// Carries bytes between two connected sockets as they come, in both directions, kBuffer bytes a direction at
// most in between: a side that does not read slows the other one down. When one side has sent all, the other
// is told and may go on; it is over when both have, when one breaks, or when nothing moved for a while.
class Splice : public std::enable_shared_from_this<Splice> {
 public:
  static constexpr std::size_t kBuffer = 16 << 10;

  struct End {
    std::uint64_t forth = 0;  // bytes from the first to the second
    std::uint64_t back = 0;
    bool idle = false;
  };

  // idle: 0 is for ever. on_end is called once, unless close() came first.
  Splice(async::Loop& loop, async::StreamSocket first, async::StreamSocket second, async::Millis idle,
         std::function<void(End)> on_end);

  void start();
  // Both sides see the connection break.
  void close();

 private:
  struct Way {
    async::StreamSocket& from;
    async::StreamSocket& to;
    std::uint64_t& count;
    std::string buffer{};
    bool ended = false;
  };
  void read(Way& way);
  void write(Way& way, std::size_t begin, std::size_t size);
  void end_of(Way& way);
  void watch(async::Millis after);
  void finish(bool idle, bool broken);

  async::StreamSocket first_, second_;
  async::Millis idle_;
  std::function<void(End)> on_end_;
  async::Timer timer_;
  std::chrono::steady_clock::time_point moved_;
  End end_;
  Way forth_{first_, second_, end_.forth};
  Way back_{second_, first_, end_.back};
  bool over_ = false;
};

}  // namespace mcp::runtime
