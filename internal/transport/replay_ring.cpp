#include "internal/transport/replay_ring.h"

#include <charconv>

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

void ReplayRing::add(EventId id, Bytes event, bool last) {
  if (max_events_ == 0 || event.size() > max_bytes_) return;
  bytes_ += event.size();
  entries_.push_back({id, std::move(event), last});
  while (entries_.size() > max_events_ || bytes_ > max_bytes_) {
    bytes_ -= entries_.front().event.size();
    entries_.pop_front();
  }
}

std::vector<ReplayRing::Entry> ReplayRing::after(EventId id) const {
  std::vector<Entry> found;
  for (const Entry& entry : entries_) {
    if (entry.id.stream == id.stream && entry.id.number > id.number) found.push_back(entry);
  }
  return found;
}

}  // namespace mcp::transport
