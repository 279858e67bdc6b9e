#include "internal/http/read_buffer.h"

#include <algorithm>
#include <cstring>

namespace mcp::http {

ReadBuffer::Space ReadBuffer::prepare(std::size_t room) {
  if (begin_ == end_) begin_ = end_ = 0;
  if (capacity_ - end_ < room) {
    std::size_t held = size();
    if (capacity_ < held + room) {
      std::size_t wanted = std::max(held + room, std::min(2 * capacity_, capacity_ + (64u << 10)));
      std::unique_ptr<char[]> grown(new char[wanted]);
      if (held != 0) std::memcpy(grown.get(), data_.get() + begin_, held);
      data_ = std::move(grown);
      capacity_ = wanted;
    } else {
      std::memmove(data_.get(), data_.get() + begin_, held);
    }
    begin_ = 0;
    end_ = held;
  }
  return {data_.get() + end_, capacity_ - end_};
}

void ReadBuffer::shrink(std::size_t keep) {
  if (!empty() || capacity_ <= keep) return;
  data_.reset();
  capacity_ = begin_ = end_ = 0;
}

}  // namespace mcp::http
