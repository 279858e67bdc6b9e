// Log levels of both eras on links that several clients share: the server is told what serves them all, each
// client hears its own (server::wants_log).
#include "internal/gateway/view.h"

namespace mcp::gateway {
namespace {

std::string user_of(const server::CallPtr& call) {
  return call->session()->id() + "/" + call->message().id->raw();
}

}  // namespace

// A session's own server hears its level as it is.
void Gateway::set_client_level(const server::CallPtr& call, const UpstreamPtr& upstream,
                               const std::string& level) {
  auto client = clients_.find(call->session()->id());
  if (client != clients_.end() && std::exchange(client->second.level, level).empty()) --unset_levels_;
  LinkPtr link = upstream->pick(call->session(), call->client());
  if (link->owner().empty()) {
    link->levels().want(call->session()->id(), level);
  } else {
    link->set_log_level(level);
  }
  tune_all();
}

std::string Gateway::loudest(const LinkPtr& link) const {
  // A server that nobody ever set a level of decides by itself.
  bool never = link->log_level().empty() && link->levels().empty();
  return never ? std::string() : std::string(link->levels().loudest(unset_levels_ > 0));
}

void Gateway::tune(const LinkPtr& link) {
  std::string level = loudest(link);
  if (level != link->log_level()) link->set_log_level(std::move(level));
}

void Gateway::tune_all() {
  for (const UpstreamPtr& upstream : roster_) {
    for (const LinkPtr& link : upstream->shared()) tune(link);
  }
}

// A link that came up after its clients had set their levels: the second one of a server of both eras.
void Gateway::adopt_levels(Link& link) {
  for (auto& [id, client] : clients_) {
    auto session = client.session.lock();
    auto view = client.view.lock();
    if (client.level.empty() || !session || !view || !view->uses(link, id, session->client())) continue;
    if (link.owner().empty()) {
      link.levels().want(id, client.level);
    } else if (link.log_level().empty()) {
      link.set_log_level(client.level);
    }
  }
  if (link.owner().empty()) tune(link.shared_from_this());
}

Task<void> Gateway::raise_level(std::shared_ptr<Gateway> self, server::CallPtr call, LinkPtr link) {
  link->levels().want(user_of(call), call->client().log_level);
  auto settling = Link::settle_log_level(link, self->loudest(link));
  co_await std::move(settling);
}

void Gateway::lower_level(const server::CallPtr& call, const LinkPtr& link) {
  link->levels().forget(user_of(call));
  tune(link);
}

}  // namespace mcp::gateway
