#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>

#include "internal/async/slot.h"
#include "internal/config/server_entry.h"
#include "internal/gateway/list_cache.h"

namespace mcp::gateway {

// The lists of one server as one link knows them. They outlast a connection: what was read last stays until
// the next connection has read it again, or until clear().
class LinkLists : public std::enable_shared_from_this<LinkLists> {
 public:
  LinkLists(async::Loop& loop, const config::ServerEntry& entry, std::function<void(ListKind)> changed,
            std::function<void()> troubled);

  // What the gateway itself read: what routing goes by.
  const Listing& of(ListKind kind) const { return *shelf(kind)->listing(); }
  // What this principal was shown, where that is something else; else null.
  ListingPtr shown_to(ListKind kind, const std::string& principal) const;
  bool empty() const;
  // A list that cannot be read: why; null when there is none.
  const Error* trouble() const;
  // The same of a list that was never read, so that something is missing.
  const Error* missing() const;
  // Before the first connection: shows what the other one knows, as long as it would name it in the same way.
  void seed(const LinkLists& other);

  // Reads all that the server offers, one list after the other.
  static Task<void> read_all(std::shared_ptr<LinkLists> self, client::PeerPtr peer);
  // A list as this principal may see it now.
  struct Part {
    ListingPtr listing;
    protocol::Freshness freshness;  // ttl 0 for a server that does not say
  };
  // Begins to read what is stale by a modern server's own account.
  void refresh(ListKind kind, const std::string& principal);
  // Waits for a reading that is under way, at most for `patience`, and not at all for a server that is known
  // to be slow: then, and when reading fails, the last good list serves (2026-07-28 caching: a client may use
  // a stale one).
  static Task<Part> current(std::shared_ptr<LinkLists> self, ListKind kind, std::string principal,
                            async::Millis patience);

  // Hears of changes on a listen stream, as modern servers tell them (2026-07-28 subscriptions); it is opened
  // again until the connection ends. `owner` hears what comes, when the stream is away, and when it is back.
  static Task<void> follow(std::shared_ptr<LinkLists> self, client::PeerPtr peer,
                           std::weak_ptr<client::PeerEvents> owner);
  // The server lives: a listen stream that waits for it need not wait any longer.
  void listen_now() { nap_.set(true); }
  void disconnect();

  // A notification of the server's: is it about a list? Then that one is read again.
  bool heard(const jsonrpc::Message& message);
  // Reads one again, for whoever asks next.
  void want(ListKind kind);
  // Reads all whose changes the server tells: one may have been missed.
  void reread_watched();
  // Waits for the reading that is under way, at most for `patience`.
  static Task<void> settle(std::shared_ptr<LinkLists> self, ListKind kind, async::Millis patience);
  void clear();

 private:
  const ShelfPtr& shelf(ListKind kind) const { return shelves_[static_cast<std::size_t>(kind)]; }
  static Task<void> sleep(std::shared_ptr<LinkLists> self, async::Millis wait);
  bool offers(ListKind kind) const;
  void read(ListKind kind, bool announced);
  bool is_modern() const { return peer_ && peer_->server().era() == protocol::Era::kModern; }
  // The one that speaks to this principal.
  ShelfPtr shelf_for(ListKind kind, const std::string& principal);

  async::Loop& loop_;
  Labels labels_;
  bool over_http_;
  client::PeerPtr peer_;
  std::array<ShelfPtr, 4> shelves_;
  ListCache private_;
  async::Slot<bool> nap_;  // of follow(), between two streams
};

}  // namespace mcp::gateway
