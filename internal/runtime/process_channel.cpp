#include "internal/runtime/process_channel.h"

#include <csignal>

#include "internal/async/slot.h"
#include "internal/async/timer.h"
#include "internal/base/log.h"
#include "internal/runtime/stderr_log.h"
#include "internal/transport/stdio_channel.h"

namespace mcp::runtime {
namespace {

using transport::Envelope;

// Between EOF on stdout and the exit notice (or the reverse) the other one is waited for this long.
constexpr async::Millis kLastWords{500};

double seconds(async::Millis time) { return std::chrono::duration<double>(time).count(); }

// Ends a child that is no longer spoken to: its stdin is closed already. The frame owns the child, the loop
// the frame.
Task<void> bury(async::Loop& loop, ServerProcess process) {
  async::Slot<bool> gone(loop);
  auto child = process.child;
  child->on_exit([gone](process::ExitStatus) { gone.set(true); });
  auto left = co_await gone.get_within(kExitGrace);
  if (!left) {
    child->signal(SIGTERM);
    left = co_await gone.get_within(kTermGrace);
  }
}

class ProcessChannel final : public transport::Channel,
                             public transport::Listener,
                             public std::enable_shared_from_this<ProcessChannel> {
 public:
  ProcessChannel(async::Loop& loop, std::string server, ServerProcess process, transport::StdioLimits limits)
      : loop_(loop),
        process_(std::move(process)),
        child_(process_.child),
        evidence_(process_.evidence),
        server_(std::move(server)),
        stderr_(std::make_unique<StderrLog>(loop, child_->take_stderr(), server_,
                                            [counts = process_.counts](async::Millis held) {
                                              if (counts) counts->stderr_held_seconds += seconds(held);
                                            })),
        stdio_(transport::make_stdio_channel(loop, child_->take_stdout(), child_->take_stdin(),
                                             counting(std::move(limits)))),
        patience_(loop) {}
  ~ProcessChannel() override { close(); }

  const std::shared_ptr<const sandbox::Evidence>& evidence() const { return evidence_; }
  pid_t pid() const { return child_ && child_->running() ? child_->pid() : 0; }

  void start(std::weak_ptr<transport::Listener> listener) override {
    listener_ = std::move(listener);
    std::weak_ptr<ProcessChannel> weak = weak_from_this();
    child_->on_exit([weak](process::ExitStatus status) {
      if (auto self = weak.lock()) self->exited(status);
    });
    stdio_->start(std::weak_ptr<transport::Listener>(shared_from_this()));
  }

  Result<void> send(Envelope envelope) override {
    if (over_) return fail(ErrorCode::kUnavailable, "the server process is gone");
    return stdio_->send(std::move(envelope));
  }

  void close() override {
    if (over_) return;
    over_ = true;
    patience_.cancel();
    stdio_->close();
    if (child_ && child_->running()) loop_.spawn(bury(loop_, std::move(process_)));
    process_ = {};
    child_.reset();
  }

  void on_message(Envelope envelope) override {
    spoke_ = true;
    if (auto listener = listener_.lock()) listener->on_message(std::move(envelope));
  }
  void on_undecodable(Bytes text, Error why) override {
    spoke_ = true;
    if (auto listener = listener_.lock()) listener->on_undecodable(std::move(text), std::move(why));
  }
  void on_closed(Error why) override {
    reason_ = why;
    // We end it: how it ends then explains nothing.
    if (why.code == ErrorCode::kLimit) {
      if (process_.counts) ++process_.counts->ended.output;
      return tell({ErrorCode::kUnavailable, std::move(why.message), std::move(why.hint)});
    }
    report_or_wait();
  }

 private:
  transport::StdioLimits counting(transport::StdioLimits limits) {
    limits.on_held = [counts = process_.counts, server = server_, told = false](async::Millis held) mutable {
      if (counts) counts->output_held_seconds += seconds(held);
      if (!std::exchange(told, true)) log::warn("output held back: it is over output", {{"server", server}});
    };
    return limits;
  }

  void count(sandbox::Word::Limit limit) {
    if (!process_.counts) return;
    auto& ended = process_.counts->ended;
    if (limit == sandbox::Word::Limit::kMemory) ++ended.memory;
    if (limit == sandbox::Word::Limit::kPids) ++ended.pids;
    if (limit == sandbox::Word::Limit::kWall) ++ended.wall;
  }

  void exited(process::ExitStatus status) {
    exit_ = status;
    count(status.limit);
    report_or_wait();
  }

  // The end is told with how the process ended and its last words. What it wrote before it died is still in
  // its pipes; a descendant may hold them open for ever.
  void report_or_wait() {
    if (exit_ && reason_ && stderr_->ended()) return report();
    if (patience_.armed()) return;
    std::weak_ptr<ProcessChannel> weak = weak_from_this();
    stderr_->on_end([weak] {
      if (auto self = weak.lock(); self && !self->over_) self->report_or_wait();
    });
    patience_.start(kLastWords, [weak] {
      if (auto self = weak.lock()) self->report();
    });
  }

  void report() {
    if (over_) return;
    Error why{ErrorCode::kUnavailable, exit_ ? exit_->text() : "the server closed its output", {}};
    if (exit_ && !exit_->signaled && !spoke_) {
      why.message += " before it answered anything";
      why.hint = "is it an MCP server? see what the command does when it is run by hand";
    }
    if (exit_ && exit_->signaled && exit_->code == SIGSYS && evidence_)
      why.hint = "it made a system call that its profile forbids: try profile = \"compat\" (docs/sandbox.md)";
    if (!stderr_->last_line().empty()) why.message += " (last words: " + stderr_->last_line() + ")";
    tell(std::move(why));
  }

  void tell(Error why) {
    auto listener = listener_.lock();
    close();
    if (listener) listener->on_closed(std::move(why));
  }

  async::Loop& loop_;
  ServerProcess process_;
  std::shared_ptr<process::Child> child_;
  std::shared_ptr<const sandbox::Evidence> evidence_;
  std::string server_;
  std::unique_ptr<StderrLog> stderr_;
  transport::ChannelPtr stdio_;
  async::Timer patience_;
  std::weak_ptr<transport::Listener> listener_;
  bool spoke_ = false;  // something came on stdout
  std::optional<process::ExitStatus> exit_;
  std::optional<Error> reason_;
  bool over_ = false;
};

}  // namespace

transport::ChannelPtr make_process_channel(async::Loop& loop, std::string server, ServerProcess process,
                                           transport::StdioLimits limits) {
  return std::make_shared<ProcessChannel>(loop, std::move(server), std::move(process), limits);
}

pid_t pid_of(const transport::Channel* channel) {
  auto process = dynamic_cast<const ProcessChannel*>(channel);
  return process == nullptr ? 0 : process->pid();
}

std::shared_ptr<const sandbox::Evidence> evidence_of(const transport::Channel* channel) {
  auto process = dynamic_cast<const ProcessChannel*>(channel);
  return process == nullptr ? nullptr : process->evidence();
}

}  // namespace mcp::runtime
