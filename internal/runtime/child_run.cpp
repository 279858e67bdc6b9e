#include "internal/runtime/child_run.h"

#include <unistd.h>

#include <deque>
#include <memory>

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "internal/async/slot.h"
#include "internal/async/timer.h"
#include "internal/base/byte_budget.h"
#include "internal/base/strings.h"

namespace mcp::runtime {
namespace {

namespace asio = async::asio;

// After its end, what it wrote is still in its pipes; a descendant may hold them open for ever.
constexpr async::Millis kLastWords{500};

// Keeps the end of what comes, line by line.
class Tail {
 public:
  void take(std::string_view bytes) {
    for (char c : bytes) {
      if (c == '\n' || c == '\r') {
        end_line();
      } else if (line_.size() < kLineBytes) {
        line_ += c;
      }
    }
  }
  void end_line() {
    if (!trim(line_).empty()) lines_.emplace_back(trim(line_));
    line_.clear();
    if (lines_.size() > kLastLines) lines_.pop_front();
  }
  std::vector<std::string> lines() const { return {lines_.begin(), lines_.end()}; }

 private:
  std::deque<std::string> lines_;
  std::string line_;
};

struct Reader {
  Reader(async::Loop& used, int fd)
      : loop(used), descriptor(used.executor(), fd), done(used), buffer(16384, '\0') {}

  async::Loop& loop;
  asio::posix::basic_stream_descriptor<async::Executor> descriptor;
  async::Slot<bool> done;
  std::string buffer;
  ByteBudget budget{kRunBytesPerSecond, kRunBurst};
};

Task<void> read_all(std::shared_ptr<Reader> reader, std::shared_ptr<Tail> tail) {
  for (;;) {
    auto into = asio::buffer(reader->buffer);
    auto [failed, count] = co_await reader->descriptor.async_read_some(into, async::kAwait);
    if (failed) break;
    tail->take({reader->buffer.data(), count});
    auto pause = reader->budget.take(count, ByteBudget::Clock::now());
    if (pause.count() == 0) continue;
    auto pausing = async::sleep_for(reader->loop, pause);
    bool waited = co_await std::move(pausing);
    if (!waited) break;
  }
  tail->end_line();
  reader->done.set(true);
}

Task<void> finish(std::shared_ptr<Reader> reader) {
  auto rest = co_await reader->done.get_within(kLastWords);
  boost::system::error_code ignored;
  if (!rest) reader->descriptor.close(ignored);
}

}  // namespace

Task<Result<ChildRun>> run_child(async::Loop& loop, process::Spawner& spawner, process::SpawnSpec spec) {
  auto spawning = spawner.spawn(std::move(spec));
  auto child = co_await std::move(spawning);
  MCP_CO_CHECK(child);
  ::close((*child)->take_stdin());
  auto tail = std::make_shared<Tail>();
  auto out = std::make_shared<Reader>(loop, (*child)->take_stdout());
  auto err = std::make_shared<Reader>(loop, (*child)->take_stderr());
  loop.spawn(read_all(out, tail));
  loop.spawn(read_all(err, tail));
  async::Slot<process::ExitStatus> ended(loop);
  (*child)->on_exit([ended](process::ExitStatus status) { ended.set(status); });
  ChildRun run;
  run.status = co_await ended.get();
  auto ending = finish(out);
  co_await std::move(ending);
  ending = finish(err);
  co_await std::move(ending);
  run.last_lines = tail->lines();
  co_return run;
}

}  // namespace mcp::runtime
