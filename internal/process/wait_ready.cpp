#include "internal/process/wait_ready.h"

#include <fcntl.h>

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "internal/async/timer.h"
#include "internal/base/unique_fd.h"

namespace mcp::process {

namespace asio = boost::asio;

Task<bool> wait_ready(async::Loop* loop, int fd, Ready what, async::Millis deadline) {
  asio::posix::basic_stream_descriptor<async::Executor> descriptor(loop->executor());
  UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  boost::system::error_code refused;
  descriptor.assign(copy.get(), refused);
  if (refused) co_return false;
  copy.release();
  async::Timer timer(*loop);
  timer.start(deadline, [&descriptor] { descriptor.cancel(); });
  auto way = what == Ready::kRead ? asio::posix::descriptor_base::wait_read
                                  : asio::posix::descriptor_base::wait_write;
  auto [failed] = co_await descriptor.async_wait(way, async::kAwait);
  co_return !failed;
}

}  // namespace mcp::process
