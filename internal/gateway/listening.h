#pragma once

#include <memory>
#include <string>
#include <vector>

#include "internal/gateway/following.h"
#include "internal/server/listen.h"

namespace mcp::gateway {

// What one listen of a modern client hears of resources, from servers of both eras. When a server is
// replaced, what it sent is asked of its successor (Gateway::introduce).
class Listening : public std::enable_shared_from_this<Listening> {
 public:
  explicit Listening(async::Loop& loop);

  // From now on what is heard goes there.
  void begin(const std::shared_ptr<server::Listen>& stream) { stream_ = stream; }
  bool over() const;

  // A modern server: one stream for all of these.
  void follow(const LinkPtr& link, std::vector<std::string> uris);
  // A legacy server's subscription, which was made under our name with hear().
  void add(const LinkPtr& link, std::string uri);
  const std::string& name() const { return name_; }
  Link::Hear hear();
  // Updates of these, whatever the era of the server turns out to be.
  static Task<void> resume(std::shared_ptr<Listening> self, LinkPtr link, std::vector<std::string> uris);

  std::vector<LinkPtr> links() const;
  // Nothing is heard from this link any more; what was.
  std::vector<std::string> leave(const Link& link);
  void end();

 private:
  struct Source {
    LinkPtr link;
    std::vector<std::string> uris;
    std::shared_ptr<Following> following;  // null: subscriptions
  };
  void give_up(const Source& source) const;

  async::Loop& loop_;
  std::string name_;
  std::weak_ptr<server::Listen> stream_;
  std::vector<Source> sources_;
};
using ListeningPtr = std::shared_ptr<Listening>;

}  // namespace mcp::gateway
