#include "internal/process/launch_order.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <cerrno>

#include "internal/process/launch_error.h"

namespace mcp::process {
namespace {

Result<void> make_pipe(UniqueFd& read_end, UniqueFd& write_end, bool we_read) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(system_error("making a pipe for a child", errno));
  read_end.reset(ends[0]);
  write_end.reset(ends[1]);
  // Ours alone: the child's end is another open file, and programs expect theirs to block.
  if (::fcntl(we_read ? ends[0] : ends[1], F_SETFL, O_NONBLOCK) != 0) {
    return fail(os_error("making a pipe for a child", errno));
  }
  return {};
}

Result<void> make_channel(LaunchOrder& order) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return fail(system_error("making a socket for a child", errno));
  }
  order.channel.reset(ends[0]);
  order.theirs.channel.reset(ends[1]);
  return {};
}

Result<UniqueFd> plan_file(const LaunchPlan& plan) {
  UniqueFd file(::memfd_create("mcp-launch", MFD_CLOEXEC));
  if (!file) return fail(system_error("handing over a command", errno));
  std::string bytes = pack_plan(plan);
  std::string_view rest = bytes;
  while (!rest.empty()) {
    ssize_t written = ::write(file.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return fail(system_error("handing over a command", errno));
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  return file;
}

}  // namespace

Result<LaunchOrder> make_order(const SpawnSpec& spec) {
  MCP_ASSIGN(LaunchPlan plan, make_plan(spec));
  LaunchOrder order;
  order.request.kind = spec.leashed ? LaunchRequest::Kind::kLeashed : LaunchRequest::Kind::kDetached;
  order.request.stderr_mode = spec.stderr_mode;
  MCP_ASSIGN(order.theirs.plan, plan_file(plan));
  MCP_TRY(make_channel(order));
  MCP_TRY(make_pipe(order.theirs.standard_input, order.ends[0], false));
  MCP_TRY(make_pipe(order.ends[1], order.theirs.standard_output, true));
  if (spec.stderr_mode == SpawnSpec::Stderr::kPipe) {
    MCP_TRY(make_pipe(order.ends[2], order.theirs.standard_error, true));
  }
  return order;
}

}  // namespace mcp::process
