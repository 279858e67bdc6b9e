#pragma once

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "internal/async/loop.h"

namespace mcp::transport {

// A descriptor on the loop, in non-blocking mode while it is here: terminals and pipes share that mode with
// other processes, so the old one is put back at the end. Closed on destruction. A regular file or /dev/null,
// which epoll refuses, works too: Asio reads and writes it directly.
class StdioDescriptor {
 public:
  StdioDescriptor(async::Loop& loop, int descriptor);
  ~StdioDescriptor() { close(); }
  StdioDescriptor(const StdioDescriptor&) = delete;
  StdioDescriptor& operator=(const StdioDescriptor&) = delete;

  bool is_open() const { return stream_.is_open(); }
  int native() { return stream_.native_handle(); }
  auto& stream() { return stream_; }
  void close();

 private:
  async::asio::posix::basic_stream_descriptor<async::Executor> stream_;
  int old_flags_ = -1;
};

}  // namespace mcp::transport
