#include "internal/process/spawner.h"

#include <sys/wait.h>

#include <cassert>
#include <cerrno>
#include <csignal>
#include <optional>

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "internal/process/child.h"
#include "internal/process/helper_pair.h"
#include "internal/process/launch_error.h"
#include "internal/process/launch_order.h"
#include "internal/process/pidfd.h"
#include "internal/process/wait_ready.h"

namespace mcp::process {

struct Spawner::Impl {
  std::shared_ptr<HelperPair> helpers;  // shared with launches under way
  async::Loop* loop = nullptr;
  std::shared_ptr<std::size_t> running = std::make_shared<std::size_t>(0);
};

namespace {

// exec itself does not wait; a directory on a file server that hangs does.
constexpr async::Millis kLaunchDeadline{30'000};

bool means_gone(int failed) { return failed == EPIPE || failed == ECONNRESET || failed == ENOTCONN; }

// To the helper that takes launches, whichever that is meanwhile.
Task<Result<void>> send_order(async::Loop* loop, std::shared_ptr<HelperPair> helpers,
                              const LaunchOrder* order) {
  for (;;) {
    int socket = helpers->socket();
    if (socket < 0) co_return fail(helpers->explain());
    int failed = send_launch(socket, order->request, order->theirs);
    if (failed == 0) co_return Result<void>();
    if (means_gone(failed)) {
      helpers->broken(socket);
      continue;
    }
    if (failed != EAGAIN) co_return fail(system_error("asking the helper for a child", failed));
    bool ready = co_await wait_ready(loop, socket, Ready::kWrite, kLaunchDeadline);
    if (!ready)
      co_return fail(ErrorCode::kTimeout, "the helper process that starts children does not answer");
  }
}

// The next word about a launch; nullopt at the end of the channel.
Task<Result<std::optional<Report>>> next_report(async::Loop* loop, int channel,
                                                std::vector<UniqueFd>* descriptors) {
  for (;;) {
    bool ready = co_await wait_ready(loop, channel, Ready::kRead, kLaunchDeadline);
    if (!ready) {
      co_return fail(ErrorCode::kTimeout, "the command did not start in time", "does its directory answer?");
    }
    Report report;
    Received got = receive_report(channel, report, *descriptors);
    if (got == Received::kEnd) co_return std::optional<Report>();
    if (got == Received::kMessage) co_return std::optional<Report>(report);
  }
}

// Until kStarted; a failure is translated. What comes on the way is put into `listeners`. The end of the
// channel instead: its helper, or its keeper, is dead, and whatever was started with it.
Task<Result<pid_t>> await_start(async::Loop* loop, std::shared_ptr<HelperPair> helpers, int channel,
                                const SpawnSpec* spec, std::vector<UniqueFd>* listeners) {
  for (;;) {
    std::vector<UniqueFd> came;
    auto next = co_await next_report(loop, channel, &came);
    MCP_CO_CHECK(next);
    if (!*next) co_return fail(helpers->explain());
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
                                            std::shared_ptr<HelperPair> helpers, SpawnSpec spec) {
  auto order = make_order(spec);
  MCP_CO_CHECK(order);
  auto sent = co_await send_order(loop, helpers, &*order);
  MCP_CO_CHECK(sent);
  order->theirs = LaunchDescriptors();
  auto state = std::make_shared<ChildState>();
  auto pid = co_await await_start(loop, helpers, order->channel.get(), &spec, &state->listeners);
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

Result<std::unique_ptr<Spawner>> Spawner::fork_helpers() {
  MCP_ASSIGN(auto helpers, HelperPair::fork());
  std::unique_ptr<Spawner> spawner(new Spawner);
  spawner->impl_->helpers = std::move(helpers);
  return spawner;
}

// Not left to the last launch under way.
Spawner::~Spawner() { impl_->helpers->close(); }

void Spawner::attach(async::Loop& loop) {
  assert(impl_->loop == nullptr);
  impl_->loop = &loop;
  // Asio opens its epoll descriptor on first use: here, at the start, and not when descriptors have run out.
  boost::asio::posix::basic_stream_descriptor<async::Executor> first_use(loop.executor());
  impl_->helpers->attach(loop);
}

Task<Result<std::unique_ptr<Child>>> Spawner::spawn(SpawnSpec spec) {
  assert(impl_->loop != nullptr);
  return launch(impl_->loop, impl_->running, impl_->helpers, std::move(spec));
}

std::size_t Spawner::running() const { return *impl_->running; }

const std::optional<Error>& Spawner::lost() const { return impl_->helpers->lost(); }

std::vector<pid_t> Spawner::helpers() const { return impl_->helpers->pids(); }

}  // namespace mcp::process
