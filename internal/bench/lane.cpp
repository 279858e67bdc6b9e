#include "internal/bench/lane.h"

namespace mcp::bench {

void Lane::replace(std::unique_ptr<Wire> wire) {
  wire_ = std::move(wire);
  ended_ = false;
}

std::optional<Verdict> Lane::send(std::int64_t number, std::int64_t meant) {
  meant_ = meant;
  busy_ = true;
  reader_.reset();
  unsent_ = call_.under(number).size();
  return writable();
}

std::optional<Verdict> Lane::writable() {
  while (unsent_ > 0) {
    std::string_view bytes = call_.bytes();
    std::size_t count = 0;
    auto io = wire_->write(bytes.substr(bytes.size() - unsent_), count);
    if (io == Wire::Io::kAgain) return std::nullopt;
    if (io == Wire::Io::kClosed) return closed();
    unsent_ -= count;
  }
  return std::nullopt;
}

std::optional<Verdict> Lane::readable(std::string& room) {
  for (;;) {
    std::size_t count = 0;
    auto io = wire_->read(room.data(), room.size(), count);
    if (io == Wire::Io::kAgain) return std::nullopt;
    if (io == Wire::Io::kClosed) return closed();
    if (!busy_) return closed();  // nobody was asked
    std::string_view bytes(room.data(), count);
    if (reader_.feed(bytes) < bytes.size() || reader_.broken()) return over(Verdict::kBroken);
    if (reader_.done()) {
      ended_ = reader_.closes();
      if (raw_) return over(reader_.status() == 200 ? Verdict::kOk : Verdict::kHttpError);
      return over(judge(reader_, call_.id(), least_bytes_));
    }
    if (count < room.size() && !wire_->holds_unread()) return std::nullopt;
  }
}

std::optional<Verdict> Lane::closed() {
  ended_ = true;
  if (!busy_) return std::nullopt;
  reader_.end_of_stream();
  return over(reader_.done() && !raw_ ? judge(reader_, call_.id(), least_bytes_) : Verdict::kBroken);
}

std::optional<Verdict> Lane::over(Verdict verdict) {
  busy_ = false;
  unsent_ = 0;
  ended_ = ended_ || verdict == Verdict::kBroken;
  return verdict;
}

}  // namespace mcp::bench
