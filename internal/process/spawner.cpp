#include "internal/process/spawner.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <csignal>
#include <optional>

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "internal/async/timer.h"
#include "internal/process/child.h"
#include "internal/process/helper.h"
#include "internal/process/launch_error.h"
#include "internal/process/launch_order.h"

namespace mcp::process {

namespace asio = boost::asio;

struct Spawner::Impl {
  std::shared_ptr<UniqueFd> socket = std::make_shared<UniqueFd>();  // shared with launches under way
  pid_t helper = 0;
  async::Loop* loop = nullptr;
  std::shared_ptr<std::size_t> running = std::make_shared<std::size_t>(0);
};

namespace {

using Descriptor = asio::posix::basic_stream_descriptor<async::Executor>;

// exec itself does not wait; a directory on a file server that hangs does.
constexpr async::Millis kLaunchDeadline{30'000};
constexpr int kHelperExitMs = 5'000;

// glibc 2.36 declares pidfd_open() without C linkage.
int open_pidfd(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

Error helper_gone() {
  return {ErrorCode::kUnavailable, "the helper process that starts children is gone", "restart this program"};
}

// True when the descriptor became ready before the deadline. Waits on a copy: the owner may be gone
// meanwhile.
Task<bool> wait_ready(async::Loop* loop, int fd, asio::posix::descriptor_base::wait_type what) {
  Descriptor descriptor(loop->executor());
  UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  boost::system::error_code refused;
  descriptor.assign(copy.get(), refused);
  if (refused) co_return false;
  copy.release();
  async::Timer timer(*loop);
  timer.start(kLaunchDeadline, [&descriptor] { descriptor.cancel(); });
  auto [failed] = co_await descriptor.async_wait(what, async::kAwait);
  co_return !failed;
}

Task<Result<void>> send_order(async::Loop* loop, const UniqueFd* socket, const LaunchOrder* order) {
  for (;;) {
    int failed = *socket ? send_launch(socket->get(), order->request, order->theirs) : EPIPE;
    if (failed == 0) co_return Result<void>();
    if (failed != EAGAIN) {
      bool gone = failed == EPIPE || failed == ECONNRESET || failed == ENOTCONN;
      co_return fail(gone ? helper_gone() : system_error("asking the helper for a child", failed));
    }
    bool ready = co_await wait_ready(loop, socket->get(), asio::posix::descriptor_base::wait_write);
    if (!ready)
      co_return fail(ErrorCode::kTimeout, "the helper process that starts children does not answer");
  }
}

// The next word about a launch; nullopt at the end of the channel.
Task<Result<std::optional<Report>>> next_report(async::Loop* loop, int channel,
                                                std::vector<UniqueFd>* descriptors) {
  for (;;) {
    bool ready = co_await wait_ready(loop, channel, asio::posix::descriptor_base::wait_read);
    if (!ready) {
      co_return fail(ErrorCode::kTimeout, "the command did not start in time", "does its directory answer?");
    }
    Report report;
    Received got = receive_report(channel, report, *descriptors);
    if (got == Received::kEnd) co_return std::optional<Report>();
    if (got == Received::kMessage) co_return std::optional<Report>(report);
  }
}

// Until kStarted; a failure is translated. What comes on the way is put into `listeners`.
Task<Result<pid_t>> await_start(async::Loop* loop, int channel, const SpawnSpec* spec,
                                std::vector<UniqueFd>* listeners) {
  for (;;) {
    std::vector<UniqueFd> came;
    auto next = co_await next_report(loop, channel, &came);
    MCP_CO_CHECK(next);
    if (!*next) co_return fail(helper_gone());
    const Report& report = **next;
    if (report.kind == Report::Kind::kFailed) co_return fail(launch_error(*spec, report));
    if (report.kind != Report::Kind::kListening) co_return report.value;
    *listeners = std::move(came);
  }
}

// A detached child says its pid before it becomes its program; then a failure comes, or the end of the
// channel.
Task<Result<UniqueFd>> await_detached(async::Loop* loop, int channel, pid_t pid, const SpawnSpec* spec) {
  UniqueFd pidfd(open_pidfd(pid));
  int unwatched = pidfd ? 0 : errno;
  std::vector<UniqueFd> none;
  auto second = co_await next_report(loop, channel, &none);
  if (second && !*second && pidfd) co_return std::move(pidfd);
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  MCP_CO_CHECK(second);
  if (!*second) co_return fail(system_error("watching a child", unwatched));
  const Report& report = **second;
  co_return fail(launch_error(*spec, report));
}

Task<Result<std::unique_ptr<Child>>> launch(async::Loop* loop, std::shared_ptr<std::size_t> running,
                                            std::shared_ptr<UniqueFd> socket, SpawnSpec spec) {
  auto order = make_order(spec);
  MCP_CO_CHECK(order);
  auto sent = co_await send_order(loop, socket.get(), &*order);
  MCP_CO_CHECK(sent);
  order->theirs = LaunchDescriptors();
  auto state = std::make_shared<ChildState>();
  auto pid = co_await await_start(loop, order->channel.get(), &spec, &state->listeners);
  MCP_CO_CHECK(pid);
  state->loop = loop;
  state->pid = *pid;
  state->leashed = spec.leashed;
  state->ends = std::move(order->ends);
  state->running = std::move(running);
  if (spec.leashed) co_return watch_leashed(std::move(state), std::move(order->channel));
  auto pidfd = co_await await_detached(loop, order->channel.get(), *pid, &spec);
  MCP_CO_CHECK(pidfd);
  co_return watch_detached(std::move(state), std::move(*pidfd));
}

}  // namespace

Spawner::Spawner() : impl_(std::make_shared<Impl>()) {}

Result<std::unique_ptr<Spawner>> Spawner::fork_helper() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return fail(system_error("making the helper's socket", errno));
  }
  UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  pid_t helper = ::fork();
  if (helper < 0) return fail(system_error("forking the helper", errno));
  if (helper == 0) {
    ours.reset();
    run_helper(theirs.get());
  }
  std::unique_ptr<Spawner> spawner(new Spawner);
  *spawner->impl_->socket = std::move(ours);
  spawner->impl_->helper = helper;
  return spawner;
}

// Returns when the helper, and with it every leashed descendant, is gone: or after five seconds.
Spawner::~Spawner() {
  impl_->socket->reset();
  UniqueFd pidfd(open_pidfd(impl_->helper));
  pollfd gone{pidfd.get(), POLLIN, 0};
  while (pidfd && ::poll(&gone, 1, kHelperExitMs) < 0 && errno == EINTR) {
  }
  ::waitpid(impl_->helper, nullptr, WNOHANG);
}

void Spawner::attach(async::Loop& loop) {
  assert(impl_->loop == nullptr);
  impl_->loop = &loop;
  // Asio opens its epoll descriptor on first use: here, at the start, and not when descriptors have run out.
  Descriptor first_use(loop.executor());
}

Task<Result<std::unique_ptr<Child>>> Spawner::spawn(SpawnSpec spec) {
  assert(impl_->loop != nullptr);
  return launch(impl_->loop, impl_->running, impl_->socket, std::move(spec));
}

std::size_t Spawner::running() const { return *impl_->running; }

}  // namespace mcp::process
