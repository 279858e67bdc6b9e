#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mcp::bench {

// What is kept of a body: all of it while it is short, else its beginning and its end, where the id and the
// kind of an answer stand. A large result thus costs the driver no memory and one look.
class BodySample {
 public:
  static constexpr std::size_t kEdge = 2048;

  void add(std::string_view bytes);
  void clear();

  std::uint64_t size() const { return size_; }
  bool contains(std::string_view text) const;
  const std::string& beginning() const { return beginning_; }

 private:
  std::string beginning_;  // up to 2 * kEdge
  std::string end_;        // of a longer body: the last kEdge bytes at least
  std::uint64_t size_ = 0;
};

// Reads one HTTP/1.1 response after the other: length, chunks, or until the connection closes. The driver's
// own, because it shares the machine with what it measures: internal/http's client costs 10 µs a call for
// limits and deadlines that a load on loopback does not need. It believes its peer; what it cannot read is
// broken().
class ResponseReader {
 public:
  // Takes what belongs to the current response and returns how many bytes that was.
  std::size_t feed(std::string_view bytes);
  // The peer closed the connection: the end of a response without length, else nothing.
  void end_of_stream();

  bool done() const { return state_ == State::kDone; }
  bool broken() const { return state_ == State::kBroken; }
  // The head has come: of an event stream, which goes on.
  bool has_head() const { return state_ != State::kHead && state_ != State::kBroken; }
  bool has_begun() const { return state_ != State::kHead || !head_.empty(); }

  int status() const { return status_; }
  bool closes() const { return closes_; }
  const std::string& session() const { return session_; }  // Mcp-Session-Id
  const BodySample& body() const { return body_; }

  // Ready for the next response.
  void reset();

 private:
  enum class State { kHead, kLength, kUntilClose, kChunkSize, kChunk, kChunkEnd, kTrailer, kDone, kBroken };

  std::size_t take_head(std::string_view bytes);
  void read_head(std::string_view head);
  void read_field(std::string_view name, std::string_view value);
  std::size_t take_body(std::string_view bytes);
  std::size_t take_line(std::string_view bytes);
  void end_line();

  State state_ = State::kHead;
  std::string head_;  // of a head that came in parts
  std::string line_;  // of a chunk's size or a trailer, the same
  int status_ = 0;
  std::uint64_t left_ = 0;  // of the body or the chunk
  bool has_length_ = false;
  bool chunked_ = false;
  bool closes_ = false;
  std::string session_;
  BodySample body_;
};

}  // namespace mcp::bench
