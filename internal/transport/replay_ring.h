#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "internal/base/bytes.h"

namespace mcp::transport {

// The SSE id of an event: `<stream>-<number>`, unique in its session and naming its stream (2025-11-25
// transports, "Resumability"). Numbers of a stream begin at 1.
struct EventId {
  std::uint64_t stream = 0;
  std::uint64_t number = 0;

  std::string text() const;
  static std::optional<EventId> parse(std::string_view text);
  friend bool operator==(const EventId&, const EventId&) = default;
};

// The latest events of one session, for clients that come back with Last-Event-ID. The oldest go first when
// there are too many; an event larger than the whole ring is not kept.
class ReplayRing {
 public:
  struct Entry {
    EventId id;
    Bytes event;        // as it travels
    bool last = false;  // of its stream
  };

  ReplayRing(std::size_t max_events, std::size_t max_bytes)
      : max_events_(max_events), max_bytes_(max_bytes) {}

  void add(EventId id, Bytes event, bool last);
  // The later events of the same stream that are still there.
  std::vector<Entry> after(EventId id) const;
  std::size_t size() const { return entries_.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  std::size_t max_events_;
  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::deque<Entry> entries_;
};

}  // namespace mcp::transport
