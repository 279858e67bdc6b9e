#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include <boost/asio/buffer.hpp>

#include "internal/base/bytes.h"

namespace mcp::http {

// What the socket did not take yet, in order. Large bodies are held once, as slices of their own bytes.
class Outbox {
 public:
  using Buffers = std::array<boost::asio::const_buffer, 4>;

  void push(Bytes part);
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // The front, for one gather write; unused places are empty buffers.
  Buffers front() const;
  void consume(std::size_t count);
  void clear();

 private:
  std::vector<Bytes> parts_;
  std::size_t first_ = 0;   // parts before it are sent
  std::size_t offset_ = 0;  // sent bytes of parts_[first_]
  std::size_t size_ = 0;
};

}  // namespace mcp::http
