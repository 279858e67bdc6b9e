#include "internal/transport/stdio_descriptor.h"

#include <fcntl.h>

namespace mcp::transport {

StdioDescriptor::StdioDescriptor(async::Loop& loop, int descriptor) : stream_(loop.executor()) {
  old_flags_ = ::fcntl(descriptor, F_GETFL);
  boost::system::error_code failed;
  stream_.assign(descriptor, failed);
  if (!failed) stream_.non_blocking(true, failed);
}

void StdioDescriptor::close() {
  if (!stream_.is_open()) return;
  if (old_flags_ >= 0 && (old_flags_ & O_NONBLOCK) == 0)
    ::fcntl(stream_.native_handle(), F_SETFL, old_flags_);
  boost::system::error_code ignored;
  stream_.close(ignored);
}

}  // namespace mcp::transport
