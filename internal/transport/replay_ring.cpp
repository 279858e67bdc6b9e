#include "internal/transport/replay_ring.h"

#include <charconv>

#include "internal/base/log.h"
#include "internal/http/sse.h"

namespace mcp::transport {
namespace {

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string EventId::text() const { return std::to_string(stream) + "-" + std::to_string(number); }

std::optional<EventId> EventId::parse(std::string_view text) {
  auto dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  auto stream = parse_number(text.substr(0, dash));
  auto number = parse_number(text.substr(dash + 1));
  if (!stream || !number) return std::nullopt;
  return EventId{*stream, *number};
}

ReplayRing::ReplayRing(std::size_t max_events, std::size_t max_bytes, std::shared_ptr<ReplayRoom> room)
    : max_events_(max_events), max_bytes_(max_bytes), room_(std::move(room)) {}

ReplayRing::~ReplayRing() {
  while (!kept_.empty()) let_go_of_oldest();
}

void ReplayRing::add(EventId id, Rope event, std::optional<jsonrpc::Id> answers) {
  std::size_t size = event.size();
  bytes_ += size;
  kept_.push_back({id, std::move(event), std::move(answers), 0, {}});
  while (is_too_full()) let_go_of_oldest();
  if (bytes_ <= max_bytes_) return;
  // Only the latest is left, and is larger than the whole ring.
  std::size_t free = room_ ? room_->left : 0;
  if (size > free) {
    log::warn("an event is too large to be kept for replay", {{"bytes", size}, {"free", free}});
    return let_go_of_oldest();
  }
  room_->left -= size;
  kept_.back().borrowed = size;
  kept_.back().since = Clock::now();
}

// Beside a large event there is no room for an older one, and a younger one pushes it out.
void ReplayRing::let_go_of_large(Clock::time_point added_before) {
  bool is_large = !kept_.empty() && kept_.front().borrowed > 0;
  if (is_large && kept_.front().since < added_before) let_go_of_oldest();
}

bool ReplayRing::is_too_full() const {
  return kept_.size() > max_events_ || (bytes_ > max_bytes_ && kept_.size() > 1);
}

void ReplayRing::let_go_of_oldest() {
  Kept& oldest = kept_.front();
  bytes_ -= oldest.event.size();
  if (room_) room_->left += oldest.borrowed;
  if (oldest.answers) lose({oldest.id, std::move(*oldest.answers)});
  kept_.pop_front();
}

void ReplayRing::lose(Lost lost) {
  if (lost_.size() >= kMaxLost) lost_.pop_front();
  lost_.push_back(std::move(lost));
}

std::vector<ReplayRing::Entry> ReplayRing::after(EventId id) const {
  std::vector<Entry> found;
  auto is_later = [id](EventId other) { return other.stream == id.stream && other.number > id.number; };
  for (const Lost& lost : lost_) {
    if (is_later(lost.id)) found.push_back({lost.id, error_for(lost), true});
  }
  if (!found.empty() && room_ && room_->missed) room_->missed();
  for (const Kept& kept : kept_) {
    if (is_later(kept.id)) found.push_back({kept.id, kept.event, false});
  }
  return found;
}

Rope ReplayRing::error_for(const Lost& lost) const {
  jsonrpc::RpcError error;
  error.message = "the answer was sent but is not kept any more: a session keeps " +
                  std::to_string(max_events_) + " events and " + std::to_string(max_bytes_) +
                  " bytes, and a larger event for a short while";
  return http::frame_sse(lost.id.text(), jsonrpc::make_error(lost.answers, error));
}

}  // namespace mcp::transport
