#include "internal/http/outbox.h"

#include <algorithm>

namespace mcp::http {

void Outbox::push(Bytes part) {
  if (part.empty()) return;
  size_ += part.size();
  parts_.push_back(std::move(part));
}

Outbox::Buffers Outbox::front() const {
  Buffers buffers;
  for (std::size_t i = 0; i < buffers.size() && first_ + i < parts_.size(); ++i) {
    const Bytes& part = parts_[first_ + i];
    std::size_t skip = i == 0 ? offset_ : 0;
    buffers[i] = boost::asio::const_buffer(part.data() + skip, part.size() - skip);
  }
  return buffers;
}

void Outbox::consume(std::size_t count) {
  size_ -= count;
  while (count > 0) {
    std::size_t left = parts_[first_].size() - offset_;
    if (count < left) {
      offset_ += count;
      return;
    }
    count -= left;
    offset_ = 0;
    parts_[first_++] = Bytes();
  }
  if (size_ == 0) return clear();
  // Sent places are given back in strides, so that a queue that never runs empty stays short.
  if (first_ >= 64 && first_ * 2 >= parts_.size()) {
    parts_.erase(parts_.begin(), parts_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

void Outbox::clear() { *this = Outbox(); }

}  // namespace mcp::http
