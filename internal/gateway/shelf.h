#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "internal/async/slot.h"
#include "internal/async/timer.h"
#include "internal/client/listing.h"
#include "internal/gateway/catalogue.h"
#include "internal/runtime/backoff.h"

namespace mcp::gateway {

using ListingPtr = std::shared_ptr<const Listing>;

// How a server's raw items become a Listing.
struct Labels {
  std::string server;  // its name, for the log
  Naming naming;
  bool strict_headers = false;  // 2026-07-28 over HTTP: a tool with broken header rules is dropped
  bool declared = true;         // false: the server did not say which lists it has
};

// One list of one server: the last good one, how long it may be used (2026-07-28 caching), and reading it
// again. One reading at a time; a change that comes meanwhile makes it run once more.
class Shelf : public std::enable_shared_from_this<Shelf> {
 public:
  // `insists`: a reading that failed is repeated, after ever longer waits; else the next question does that.
  // `troubled`: trouble() came, changed, or went.
  Shelf(async::Loop& loop, ListKind kind, bool insists, std::function<void()> changed,
        std::function<void()> troubled = {});

  const ListingPtr& listing() const { return listing_; }
  bool reading() const { return reading_; }
  // Was it ever read?
  bool known() const { return known_; }
  // Why the latest reading of this connection failed; nothing when it did not.
  const std::optional<Error>& trouble() const { return trouble_; }
  // What is left of the time the server gave it; 0: stale.
  protocol::Freshness freshness() const;
  // Is it, or was it last, read for longer than this? Then nobody should wait for it.
  bool slow(async::Millis patience) const;
  // It may have changed: stale from now on.
  void invalidate();

  // Before the first reading: shows the other's list, as one that was never read.
  void seed(const Shelf& other) { listing_ = other.listing_; }

  // Reads from this connection. `announced`: the server said that the list changed, which is passed on even
  // when the bytes are the same: it knows what it means by a change.
  void read(client::PeerPtr peer, Labels labels, bool announced);
  // Waits for the reading that is under way, at most for `patience`. False: it is still under way.
  static Task<bool> settle(std::shared_ptr<Shelf> self, async::Millis patience);
  // The connection is gone; the list stays.
  void disconnect();
  // As if the server had none.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  static Task<void> run(std::shared_ptr<Shelf> self);
  void take(const client::WholeList& list);
  void failed(const Error& why);
  void set_trouble(std::optional<Error> trouble);

  async::Loop& loop_;
  ListKind kind_;
  bool insists_;
  std::function<void()> changed_;
  std::function<void()> troubled_;
  client::PeerPtr peer_;
  Labels labels_;
  ListingPtr listing_ = std::make_shared<Listing>();
  protocol::Freshness freshness_;
  Clock::time_point received_{};
  Clock::time_point began_{};
  async::Millis lasted_{0};
  bool known_ = false;
  bool reading_ = false;
  bool wanted_ = false;  // to be read (once more)
  bool announced_ = false;
  std::optional<Error> trouble_;
  async::Timer retry_;
  runtime::Backoff backoff_;
  std::vector<async::Slot<bool>> waiting_;
};
using ShelfPtr = std::shared_ptr<Shelf>;

}  // namespace mcp::gateway
