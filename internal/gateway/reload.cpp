// From one configuration to the next while clients are served: only what changed is started anew.
#include <algorithm>

#include "internal/base/log.h"
#include "internal/gateway/view.h"

namespace mcp::gateway {
namespace {

using config::ServerEntry;

// Between the end of a server at its deadline and the end of the sessions that hear of it: their calls are
// answered.
constexpr async::Millis kAnswersOnTheirWay{1'000};

Error replaced(const Upstream& upstream) {
  return {ErrorCode::kUnavailable,
          "the server was stopped: the configuration of \"" + upstream.name() + "\" was changed",
          {}};
}

// By who it is, a session or a listen: what it hears of, and how.
using Subscriptions = std::map<std::string, std::map<std::string, Link::Hear>>;

// What the session had asked of the server that was replaced is asked of the new one, as soon as it is known
// which of its connections serves the session. Its log level follows by itself (Gateway::adopt_levels).
Task<void> hand_over(UpstreamPtr to, server::SessionPtr session, std::map<std::string, Link::Hear> hears) {
  auto client = session->client();
  auto patience = to->entry().start_timeout;
  auto settling = Upstream::settle(to, session, client, Upstream::Wait::kCall, patience);
  LinkPtr link = co_await std::move(settling);
  if (!session->alive()) co_return;
  for (auto& [uri, hear] : hears) link->subscribe(uri, session->id(), std::move(hear));
}

Subscriptions take_subscriptions(const Upstream& upstream) {
  Subscriptions all;
  for (const LinkPtr& link : upstream.links()) {
    for (auto& [uri, hearers] : link->take_subscribers()) {
      for (auto& [who, hear] : hearers) all[who][uri] = std::move(hear);
    }
  }
  return all;
}

}  // namespace

UpstreamPtr Gateway::make_upstream(const ServerEntry& entry) {
  std::weak_ptr<Gateway> weak = weak_from_this();
  auto full = [weak] {
    auto self = weak.lock();
    return self ? self->no_room() : std::nullopt;
  };
  auto upstream =
      std::make_shared<Upstream>(loop_, launcher_, entry, options_.info, std::weak_ptr<LinkEvents>(weak),
                                 &account()->meter(entry.name), std::move(full));
  upstream->on_no_room([weak, name = entry.name](const Error& why) {
    log::warn("a client goes without an instance of its own", {{"server", name}, {"reason", why.message}});
    if (auto self = weak.lock()) self->account()->refused("max_children");
  });
  return upstream;
}

std::optional<Error> Gateway::no_room() const {
  std::size_t children = 0;
  for (const UpstreamPtr& upstream : roster_) children += upstream->children();
  if (children < options_.max_children) return std::nullopt;
  return Error{ErrorCode::kLimit,
               std::to_string(options_.max_children) +
                   " instances of servers belong to single clients: max_children in [serve] is reached",
               "raise max_children in [serve], or try again later"};
}

ReloadPlan Gateway::apply(std::vector<ServerEntry> servers, async::Millis drain_deadline) {
  ReloadPlan plan = plan_reload(options_.servers, servers);
  options_.servers = std::move(servers);
  Roster before = roster_;
  std::vector<UpstreamPtr> next;
  for (const ServerEntry& entry : options_.servers) {
    UpstreamPtr old = before.find(entry.name);
    bool kept = old && plan.keeps(entry.name);
    if (kept) old->adopt(entry);
    next.push_back(kept ? old : make_upstream(entry));
    if (old && !kept) next.back()->primary()->seed(*old->primary());
  }
  roster_ = Roster(std::move(next));
  seat_views(drain_deadline);
  overlaps_.forget();
  links_.forget_servers([this](const std::string& server) { return roster_.find(server) == nullptr; });
  // Nobody is told of half of it.
  auto changed = std::exchange(changed_, nullptr);
  for (const UpstreamPtr& upstream : roster_) {
    if (before.contains(upstream)) continue;
    upstream->start();
    introduce(upstream, before.find(upstream->name()));
  }
  for (Listener& listener : listeners_) move_listening(listener);
  announce(plan, before);
  for (const UpstreamPtr& upstream : before) {
    if (!roster_.contains(upstream)) dismiss(upstream, drain_deadline);
  }
  changed_ = std::move(changed);
  if (changed_) changed_();
  return plan;
}

// One view an endpoint, which stays as long as its endpoint does; those of servers that are gone go with
// their sessions.
void Gateway::seat_views(async::Millis drain_deadline) {
  auto seat = [this](const std::string& route, Roster roster, bool merged) {
    auto& view = views_[route];
    if (view) return view->serve(std::move(roster));
    view = std::make_shared<View>(loop_, weak_from_this(), std::move(roster), merged);
  };
  seat("", roster_, /*merged=*/true);
  for (const UpstreamPtr& upstream : roster_) seat(upstream->name(), Roster({upstream}), /*merged=*/false);
  for (auto entry = views_.begin(); entry != views_.end();) {
    bool stays = entry->first.empty() || roster_.find(entry->first) != nullptr;
    if (!stays) close_view(entry->second, drain_deadline);
    entry = stays ? std::next(entry) : views_.erase(entry);
  }
}

void Gateway::close_view(const std::shared_ptr<View>& view, async::Millis drain_deadline) {
  for (Listener& listener : listeners_) {
    auto listen = listener.listen.lock();
    if (listen && listener.view.lock() == view) listen->end();
  }
  for (auto& [id, client] : clients_) {
    auto session = client.session.lock();
    if (session && client.view.lock() == view) dismiss(session, drain_deadline + kAnswersOnTheirWay);
  }
}

void Gateway::dismiss(const server::SessionPtr& session, async::Millis drain_deadline) {
  Departures::Leaver leaver;
  leaver.busy = [session] { return session->alive() && session->in_flight() > 0; };
  // Not from inside a call of the session's.
  leaver.end = [session, &loop = loop_](bool) { loop.post([session] { session->close(); }); };
  departures_.add(std::move(leaver), drain_deadline);
}

void Gateway::dismiss(const UpstreamPtr& upstream, async::Millis drain_deadline) {
  upstream->retire(replaced(*upstream));
  std::erase_if(fresh_, [&upstream](const UpstreamPtr& fresh) { return fresh == upstream; });
  Departures::Leaver leaver;
  leaver.busy = [upstream, this] { return upstream->running() > 0 || tasks_.count(*upstream) > 0; };
  leaver.end = [upstream, this](bool in_time) {
    if (!in_time) {
      log::warn(
          "calls ended by a reload",
          {{"server", upstream->name()}, {"calls", upstream->running()}, {"tasks", tasks_.count(*upstream)}});
    }
    auto links = upstream->links();
    upstream->stop(replaced(*upstream));
    for (const LinkPtr& link : links) tasks_.link_lost(*link);
  };
  departures_.add(std::move(leaver), drain_deadline);
}

// Sessions meet a server that was not there when they began.
void Gateway::introduce(const UpstreamPtr& upstream, const UpstreamPtr& predecessor) {
  fresh_.push_back(upstream);
  auto subscriptions = predecessor ? take_subscriptions(*predecessor) : Subscriptions();
  for (auto& [id, client] : clients_) {
    auto session = client.session.lock();
    auto view = client.view.lock();
    bool meets = session && session->alive() && view && view->upstreams().contains(upstream);
    if (meets) loop_.spawn(hand_over(upstream, session, std::move(subscriptions[id])));
  }
}

// What it heard from servers that were replaced it hears from their successors; modern clients share the
// primary link.
void Gateway::move_listening(Listener& listener) {
  auto resources = listener.resources.lock();
  auto view = listener.view.lock();
  if (!resources || !view) return;
  for (const LinkPtr& link : resources->links()) {
    UpstreamPtr now = view->upstreams().find(link->entry().name);
    if (now && now->has(*link)) continue;
    auto uris = resources->leave(*link);
    if (now && !uris.empty()) loop_.spawn(Listening::resume(resources, now->primary(), std::move(uris)));
  }
}

// What is gone or stands elsewhere is told to clients; what the new servers list is told by link_listed().
void Gateway::announce(const ReloadPlan& plan, const Roster& before) {
  for (ListKind kind : kAllLists) {
    auto lists = [kind](const UpstreamPtr& upstream) {
      return upstream && !upstream->primary()->listing(kind).items().empty();
    };
    bool differs = plan.reordered && std::any_of(roster_.begin(), roster_.end(), lists);
    for (const UpstreamPtr& old : before) {
      // A successor that could not be seeded shows nothing yet.
      bool vanished = lists(old) && !lists(roster_.find(old->name()));
      differs = differs || vanished;
    }
    if (differs) note_change(kind, before);
  }
}

// To clients of the merged endpoint, and of those whose server is another one than before.
void Gateway::note_change(ListKind kind, const Roster& before) {
  std::string method(notification_of(kind));
  auto affected = [&](const std::shared_ptr<View>& view) {
    if (!view) return false;
    Roster shown = view->upstreams();
    return view == views_[""] || std::any_of(shown.begin(), shown.end(), [&](const UpstreamPtr& upstream) {
             return !before.contains(upstream);
           });
  };
  for (auto& [id, client] : clients_) {
    if (affected(client.view.lock())) client.pending.insert(method);
  }
  for (Listener& listener : listeners_) {
    if (affected(listener.view.lock())) listener.pending.insert(method);
  }
  schedule_flush();
}

// A reload is one change: it is told once all its servers have come up, or after the patience that lists
// have.
void Gateway::schedule_flush() {
  std::erase_if(fresh_, [](const UpstreamPtr& upstream) {
    return upstream->primary()->settled() || upstream->primary()->state() == Link::State::kIdle;
  });
  if (flush_.armed() && !(held_ && fresh_.empty())) return;
  held_ = !fresh_.empty();
  std::weak_ptr<Gateway> weak = weak_from_this();
  flush_.start(held_ ? options_.list_patience : kFlushAfter, [weak] {
    if (auto gateway = weak.lock()) gateway->flush_changes();
  });
}

}  // namespace mcp::gateway
