#include "internal/process/helper_pair.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "internal/async/timer.h"
#include "internal/base/log.h"
#include "internal/process/helper.h"
#include "internal/process/launch_error.h"
#include "internal/process/pidfd.h"
#include "internal/process/wire.h"

namespace mcp::process {
namespace {

namespace asio = boost::asio;
using Descriptor = asio::posix::basic_stream_descriptor<async::Executor>;

constexpr auto kExitDeadline = std::chrono::seconds(5);
// No process or no descriptor to be had: asked for again after this, then after twice as long, …
constexpr async::Millis kFirstPause{500};
constexpr async::Millis kLongestPause{30'000};

Result<void> make_socket(UniqueFd& ours, UniqueFd& theirs) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return fail(system_error("making the helper's socket", errno));
  ours.reset(ends[0]);
  theirs.reset(ends[1]);
  return {};
}

// Who lost its socket ends, but perhaps not yet.
ExitStatus end_and_reap(pid_t pid) {
  int status = 0;
  ::kill(pid, SIGKILL);
  ::waitpid(pid, &status, 0);
  if (WIFSIGNALED(status)) return {true, WTERMSIG(status)};
  return {false, WEXITSTATUS(status)};
}

void await_end(pid_t pid, std::chrono::steady_clock::time_point until) {
  UniqueFd pidfd(open_pidfd(pid));
  pollfd gone{pidfd.get(), POLLIN, 0};
  for (int ready = 0; pidfd && ready == 0;) {
    auto left = std::chrono::duration_cast<async::Millis>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) break;
    ready = ::poll(&gone, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno == EINTR) ready = 0;
  }
  ::waitpid(pid, nullptr, WNOHANG);
}

}  // namespace

Result<HelperPair::Helper> HelperPair::fork_one() {
  Helper helper;
  UniqueFd theirs;
  MCP_TRY(make_socket(helper.socket, theirs));
  helper.pid = ::fork();
  if (helper.pid < 0) return fail(system_error("forking the helper", errno));
  if (helper.pid == 0) run_helper(theirs.get());
  helper.pidfd.reset(open_pidfd(helper.pid));
  if (!helper.pidfd) return fail(system_error("watching the helper", errno));
  return helper;
}

Result<std::shared_ptr<HelperPair>> HelperPair::fork() {
  auto pair = std::make_shared<HelperPair>();
  for (int i = 0; i < 2; ++i) {
    MCP_ASSIGN(auto helper, fork_one());
    pair->helpers_.push_back(std::move(helper));
  }
  return pair;
}

HelperPair::~HelperPair() { close(); }

void HelperPair::attach(async::Loop& loop) {
  loop_ = &loop;
  for (Helper& helper : helpers_)
    loop.spawn(watch(weak_from_this(), loop_, helper.pid, std::move(helper.pidfd)));
}

void HelperPair::close() {
  closed_ = true;
  auto until = std::chrono::steady_clock::now() + kExitDeadline;
  auto helpers = std::exchange(helpers_, {});
  for (Helper& helper : helpers) helper.socket.reset();
  for (Helper& helper : helpers) await_end(helper.pid, until);
}

std::vector<pid_t> HelperPair::pids() const {
  std::vector<pid_t> out;
  for (const Helper& helper : helpers_) out.push_back(helper.pid);
  return out;
}

Error HelperPair::explain() const {
  if (lost_) return *lost_;
  return {ErrorCode::kUnavailable, "the helper process that was to start the command was killed",
          "another takes its place: try again"};
}

// The pidfd is readable when the process has ended.
Task<void> HelperPair::watch(std::weak_ptr<HelperPair> weak, async::Loop* loop, pid_t pid, UniqueFd pidfd) {
  Descriptor end(loop->executor());
  boost::system::error_code refused;
  end.assign(pidfd.get(), refused);
  if (!refused) pidfd.release();
  auto [failed] = co_await end.async_wait(Descriptor::wait_read, async::kAwait);
  if (auto self = weak.lock(); self && !failed) self->died(pid);
}

void HelperPair::broken(int socket) {
  for (const Helper& helper : helpers_) {
    if (helper.socket.get() == socket) return died(helper.pid);
  }
}

void HelperPair::died(pid_t pid) {
  auto found = std::find_if(helpers_.begin(), helpers_.end(),
                            [pid](const Helper& helper) { return helper.pid == pid; });
  if (found == helpers_.end()) return;
  helpers_.erase(found);
  std::string how = end_and_reap(pid).text();
  complained_ = false;
  log::warn("a helper process that starts servers is gone", {{"pid", pid}, {"how", how}});
  if (helpers_.empty() && !asked_) return give_up();
  if (!std::exchange(mending_, true)) loop_->spawn(mend(weak_from_this(), loop_));
}

void HelperPair::give_up() {
  lost_ = Error{ErrorCode::kUnavailable, "both helper processes that start commands were killed at once",
                "restart this program"};
  log::error("no command can be started any more", {{"reason", lost_->message}, {"hint", lost_->hint}});
}

Result<UniqueFd> HelperPair::ask_for_brother() {
  UniqueFd ours;
  LaunchDescriptors theirs;
  MCP_TRY(make_socket(ours, theirs.channel));
  LaunchRequest request;
  request.kind = LaunchRequest::Kind::kHelper;
  request.stderr_mode = SpawnSpec::Stderr::kNull;
  if (int failed = send_launch(socket(), request, theirs); failed != 0)
    return fail(system_error("asking for a second helper", failed));
  asked_ = true;
  return ours;
}

Task<Result<HelperPair::Helper>> HelperPair::await_brother(async::Loop* loop, UniqueFd socket) {
  Descriptor channel(loop->executor());
  boost::system::error_code refused;
  channel.assign(socket.get(), refused);
  if (refused) co_return fail(os_error("waiting for a second helper", refused.value()));
  socket.release();
  Report report;
  Received got = Received::kNothing;
  while (got == Received::kNothing) {
    auto [failed] = co_await channel.async_wait(Descriptor::wait_read, async::kAwait);
    if (failed) co_return fail(os_error("waiting for a second helper", failed.value()));
    got = receive_report(channel.native_handle(), report);
  }
  if (got == Received::kEnd)
    co_return fail(ErrorCode::kUnavailable, "the helper was killed before it made another");
  if (report.kind == Report::Kind::kFailed)
    co_return fail(system_error("making a second helper", report.value));
  Helper helper;
  helper.pid = report.value;
  helper.socket.reset(channel.release());
  helper.pidfd.reset(open_pidfd(helper.pid));
  if (helper.pidfd) co_return std::move(helper);
  int why = errno;
  end_and_reap(helper.pid);  // nobody would see its end
  co_return fail(system_error("watching the second helper", why));
}

void HelperPair::adopt(Helper brother) {
  loop_->spawn(watch(weak_from_this(), loop_, brother.pid, std::move(brother.pidfd)));
  log::info("a helper process that starts servers was replaced", {{"pid", brother.pid}});
  helpers_.push_back(std::move(brother));
}

void HelperPair::do_without(const Error& why) {
  if (helpers_.empty()) return give_up();
  if (std::exchange(complained_, true)) return;
  log::warn("the helper process that starts servers has no second one yet", {{"reason", why.message}});
}

// One attempt. False: to be tried again after a while.
Task<bool> HelperPair::make_brother(std::weak_ptr<HelperPair> weak, async::Loop* loop) {
  auto self = weak.lock();
  if (!self) co_return true;
  auto socket = self->ask_for_brother();
  if (!socket) {
    self->do_without(socket.error());
    co_return false;
  }
  self.reset();
  auto waiting = await_brother(loop, std::move(*socket));
  auto brother = co_await std::move(waiting);
  self = weak.lock();
  if (self) self->asked_ = false;
  if (brother && (!self || self->closed_)) {
    end_and_reap(brother->pid);
  } else if (brother) {
    self->adopt(std::move(*brother));
  } else if (self && !self->closed_) {
    self->do_without(brother.error());
  }
  co_return brother.has_value();
}

Task<void> HelperPair::mend(std::weak_ptr<HelperPair> weak, async::Loop* loop) {
  async::Millis pause = kFirstPause;
  for (;;) {
    if (auto self = weak.lock(); !self || !self->needs_brother()) {
      if (self) self->mending_ = false;
      co_return;
    }
    auto making = make_brother(weak, loop);
    bool made = co_await std::move(making);
    if (made) continue;
    auto sleeping = async::sleep_for(*loop, pause);
    bool slept = co_await std::move(sleeping);
    (void)slept;
    pause = std::min(2 * pause, kLongestPause);
  }
}

}  // namespace mcp::process
