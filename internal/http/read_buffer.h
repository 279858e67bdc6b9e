#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace mcp::http {

// Bytes that were read and not yet used. The free part must not move while a read into it is pending:
// prepare() is called right before a read, and nothing else moves memory.
class ReadBuffer {
 public:
  struct Space {
    char* data;
    std::size_t size;
  };

  std::string_view view() const { return {data_.get() + begin_, end_ - begin_}; }
  std::size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }

  // Room for at least `room` more bytes.
  Space prepare(std::size_t room);
  void commit(std::size_t count) { end_ += count; }
  void consume(std::size_t count) { begin_ += count; }

  // Gives the memory back when it holds nothing and has grown over `keep` bytes.
  void shrink(std::size_t keep);
  // Gives back what is much larger than its content.
  void fit();

 private:
  void move_to(std::size_t capacity);

  std::unique_ptr<char[]> data_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace mcp::http
