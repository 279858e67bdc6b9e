#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "internal/base/rope.h"
#include "internal/jsonrpc/message.h"

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

// What large events of all sessions may hold together, beyond what each ring may hold by itself.
struct ReplayRoom {
  std::size_t left = 0;            // bytes
  std::function<void()> missed{};  // a client came back for an answer that was let go; may be null
};

// The latest events of one session, for clients that come back with Last-Event-ID. The oldest go first when
// there are too many; the latest is kept whatever its size, while there is room, and for a while only: a
// client that was cut comes back within seconds. In the place of an answer that was let go stands an error,
// so that nobody waits for it.
class ReplayRing {
 public:
  using Clock = std::chrono::steady_clock;
  // Answers let go of which the ring knows; of older ones nothing is left.
  static constexpr std::size_t kMaxLost = 1024;

  struct Entry {
    EventId id;
    Rope event;         // as it travels
    bool lost = false;  // an error in the place of an answer
  };

  ReplayRing(std::size_t max_events, std::size_t max_bytes, std::shared_ptr<ReplayRoom> room = {});
  ~ReplayRing();
  ReplayRing(const ReplayRing&) = delete;
  ReplayRing& operator=(const ReplayRing&) = delete;

  // answers: the request whose response this is.
  void add(EventId id, Rope event, std::optional<jsonrpc::Id> answers);
  // Lets go of an event that is larger than the whole ring and was added before then.
  void let_go_of_large(Clock::time_point added_before);
  // The later events of the same stream.
  std::vector<Entry> after(EventId id) const;
  std::size_t size() const { return kept_.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Kept {
    EventId id;
    Rope event;
    std::optional<jsonrpc::Id> answers;
    std::size_t borrowed = 0;   // of the room
    Clock::time_point since{};  // when it was borrowed
  };
  struct Lost {
    EventId id;
    jsonrpc::Id answers;
  };

  bool is_too_full() const;
  void let_go_of_oldest();
  void lose(Lost lost);
  Rope error_for(const Lost& lost) const;

  std::size_t max_events_;
  std::size_t max_bytes_;
  std::shared_ptr<ReplayRoom> room_;
  std::size_t bytes_ = 0;
  // Lists: thousands of sessions keep nothing, and an empty deque takes more than half a KiB.
  std::list<Kept> kept_;
  std::list<Lost> lost_;
};

}  // namespace mcp::transport
