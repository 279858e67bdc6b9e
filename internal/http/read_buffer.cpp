#include "internal/http/read_buffer.h"

#include <algorithm>
#include <cstring>

namespace mcp::http {

ReadBuffer::Space ReadBuffer::prepare(std::size_t room) {
  if (begin_ == end_) begin_ = end_ = 0;
  if (capacity_ - end_ < room) {
    std::size_t held = size();
    if (capacity_ < held + room) {
      move_to(std::max(held + room, std::min(2 * capacity_, capacity_ + (64u << 10))));
    } else {
      std::memmove(data_.get(), data_.get() + begin_, held);
      begin_ = 0;
      end_ = held;
    }
  }
  return {data_.get() + end_, capacity_ - end_};
}

void ReadBuffer::move_to(std::size_t capacity) {
  std::size_t held = size();
  std::unique_ptr<char[]> other(new char[capacity]);
  if (held != 0) std::memcpy(other.get(), data_.get() + begin_, held);
  data_ = std::move(other);
  capacity_ = capacity;
  begin_ = 0;
  end_ = held;
}

void ReadBuffer::shrink(std::size_t keep) {
  if (!empty() || capacity_ <= keep) return;
  data_.reset();
  capacity_ = begin_ = end_ = 0;
}

void ReadBuffer::fit() {
  if (empty()) return shrink(0);
  if (capacity_ > 2 * size()) move_to(size());
}

}  // namespace mcp::http
