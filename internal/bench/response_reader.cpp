#include "internal/bench/response_reader.h"

#include <algorithm>
#include <charconv>

#include "internal/base/strings.h"

namespace mcp::bench {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::size_t kMostHead = 64 << 10;
constexpr std::size_t kMostLine = 4096;

}  // namespace

void BodySample::add(std::string_view bytes) {
  size_ += bytes.size();
  auto room = std::min(bytes.size(), 2 * kEdge - beginning_.size());
  beginning_.append(bytes.substr(0, room));
  bytes.remove_prefix(room);
  if (bytes.size() > kEdge) bytes.remove_prefix(bytes.size() - kEdge);
  if (bytes.empty()) return;
  if (end_.size() > 2 * kEdge) end_.erase(0, end_.size() - kEdge);
  end_.append(bytes);
}

void BodySample::clear() {
  beginning_.clear();
  end_.clear();
  size_ = 0;
}

bool BodySample::contains(std::string_view text) const {
  return beginning_.find(text) != std::string::npos || end_.find(text) != std::string::npos;
}

void ResponseReader::reset() {
  state_ = State::kHead;
  head_.clear();
  line_.clear();
  has_length_ = chunked_ = closes_ = false;
  left_ = 0;
  session_.clear();
  body_.clear();
}

std::size_t ResponseReader::feed(std::string_view bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size() && !done() && !broken()) {
    auto rest = bytes.substr(taken);
    taken += state_ == State::kHead ? take_head(rest) : take_body(rest);
  }
  return taken;
}

void ResponseReader::end_of_stream() {
  if (done()) return;
  state_ = state_ == State::kUntilClose ? State::kDone : State::kBroken;
}

std::size_t ResponseReader::take_head(std::string_view bytes) {
  if (head_.empty()) {
    auto end = bytes.find(kHeadEnd);
    if (end != bytes.npos) {
      read_head(bytes.substr(0, end));
      return end + kHeadEnd.size();
    }
  }
  std::size_t before = head_.size();
  head_.append(bytes.substr(0, kMostHead + 1 - std::min(before, kMostHead)));
  auto end = head_.find(kHeadEnd, before < 3 ? 0 : before - 3);
  if (end == std::string::npos) {
    if (head_.size() > kMostHead) state_ = State::kBroken;
    return bytes.size();
  }
  read_head(std::string_view(head_).substr(0, end));
  return end + kHeadEnd.size() - before;
}

void ResponseReader::read_head(std::string_view head) {
  auto line_end = head.find("\r\n");
  std::string_view first = head.substr(0, line_end);
  status_ = 0;
  if (first.size() >= 12 && first.starts_with("HTTP/1.")) {
    std::from_chars(first.data() + 9, first.data() + 12, status_);
  }
  if (status_ < 100) {
    state_ = State::kBroken;
    return;
  }
  while (line_end != head.npos) {
    head.remove_prefix(line_end + 2);
    line_end = head.find("\r\n");
    std::string_view field = head.substr(0, line_end);
    auto colon = field.find(':');
    if (colon != field.npos) read_field(field.substr(0, colon), trim(field.substr(colon + 1)));
  }
  if (status_ < 200) return reset();  // 100 Continue and the like: the answer follows
  if (status_ == 204 || status_ == 304 || (has_length_ && left_ == 0)) {
    state_ = State::kDone;
  } else {
    state_ = chunked_ ? State::kChunkSize : has_length_ ? State::kLength : State::kUntilClose;
  }
}

void ResponseReader::read_field(std::string_view name, std::string_view value) {
  switch (name.size()) {  // most fields are of no interest: their length says so
    case 10:
      if (iequals(name, "connection")) closes_ = iequals(value, "close");
      break;
    case 14:
      if (iequals(name, "content-length")) {
        has_length_ = std::from_chars(value.data(), value.data() + value.size(), left_).ec == std::errc();
      } else if (iequals(name, "mcp-session-id")) {
        session_ = value;
      }
      break;
    case 17:
      if (iequals(name, "transfer-encoding")) chunked_ = iequals(value, "chunked");
      break;
    default: break;
  }
}

std::size_t ResponseReader::take_body(std::string_view bytes) {
  if (state_ == State::kUntilClose) {
    body_.add(bytes);
    return bytes.size();
  }
  if (state_ != State::kLength && state_ != State::kChunk) return take_line(bytes);
  auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  body_.add(bytes.substr(0, count));
  left_ -= count;
  if (left_ == 0) state_ = state_ == State::kLength ? State::kDone : State::kChunkEnd;
  return count;
}

std::size_t ResponseReader::take_line(std::string_view bytes) {
  auto end = bytes.find('\n');
  line_.append(bytes.substr(0, end));
  if (line_.size() > kMostLine) state_ = State::kBroken;
  if (end == bytes.npos) return bytes.size();
  end_line();
  line_.clear();
  return end + 1;
}

void ResponseReader::end_line() {
  std::string_view line = trim(line_);
  if (state_ == State::kChunkSize) {
    auto [rest, failed] = std::from_chars(line.data(), line.data() + line.size(), left_, 16);
    bool good = failed == std::errc() && (rest == line.data() + line.size() || *rest == ';' || *rest == ' ');
    state_ = !good ? State::kBroken : left_ == 0 ? State::kTrailer : State::kChunk;
  } else if (state_ == State::kChunkEnd) {
    state_ = line.empty() ? State::kChunkSize : State::kBroken;
  } else if (line.empty()) {
    state_ = State::kDone;
  }
}

}  // namespace mcp::bench
