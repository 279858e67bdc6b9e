#include "internal/gateway/upstream.h"

#include "internal/gateway/client_tasks.h"
#include "internal/protocol/meta.h"

namespace mcp::gateway {
namespace {

using config::ServerEntry;
using protocol::Era;

client::EraChoice configured_era(const ServerEntry& entry) {
  auto choice = client::parse_era_choice(entry.era);
  return choice ? *choice : client::EraChoice::kAuto;
}

AdmissionLimits admission_limits(const ServerEntry& entry) {
  return {.places = entry.max_in_flight, .queue = entry.max_queue};
}

// What of a client's capabilities we can relay to a server of its own era.
protocol::ClientCapabilities relayed(const protocol::ClientCapabilities& client) {
  protocol::ClientCapabilities ours = client;
  ours.tasks_extension = false;  // of the other era
  ours.raw = protocol::to_json(ours);
  std::string tasks = told_task_capability(client);
  if (!tasks.empty()) ours.raw = protocol::with_member(ours.raw, "tasks", tasks);
  return ours;
}

}  // namespace

Upstream::Upstream(async::Loop& loop, runtime::Launcher& launcher, ServerEntry entry, std::string client_info,
                   std::weak_ptr<LinkEvents> events, telemetry::ServerMeter* meter, NoRoom no_room)
    : loop_(loop),
      launcher_(launcher),
      entry_(std::move(entry)),
      client_info_(std::move(client_info)),
      events_(std::move(events)),
      meter_(meter),
      primary_(make_link(configured_era(entry_), {}, {})),
      no_room_(std::move(no_room)),
      admission_(std::make_shared<Admission>(admission_limits(entry_))),
      leases_(
          loop,
          [this](protocol::ClientCapabilities told, std::string owner) {
            return make_link(client::EraChoice::kLegacy, std::move(told), std::move(owner));
          },
          {}, [this] { return !this->no_room(); }) {}

void Upstream::adopt(ServerEntry entry) {
  entry_ = std::move(entry);
  if (!retired_) admission_->limit(admission_limits(entry_));
}

std::optional<Error> Upstream::no_room() const {
  if (children() >= entry_.max_children) {
    return Error{ErrorCode::kLimit,
                 std::to_string(entry_.max_children) + " clients have an instance of \"" + name() +
                     "\" to themselves: max_children is reached",
                 "raise max_children of the server, or try again later"};
  }
  return no_room_ ? no_room_() : std::nullopt;
}

void Upstream::note_no_room(const std::string& whose) {
  auto why = no_room();
  bool told = !whose.empty() && !without_own_.insert(whose).second;
  if (why && !told && tell_no_room_) tell_no_room_(*why);
}

LinkPtr Upstream::make_link(client::EraChoice era, protocol::ClientCapabilities capabilities,
                            std::string owner) {
  LinkOptions options;
  options.entry = entry_;
  options.era = era;
  options.identity = client::Identity{client_info_, std::move(capabilities), entry_.name};
  options.owner = std::move(owner);
  options.meter = meter_;
  return Link::create(loop_, launcher_, std::move(options), events_);
}

void Upstream::start_eagerly(const LinkPtr& link) const {
  if (entry_.start == ServerEntry::Start::kEager) link->start();
}

void Upstream::start() { start_eagerly(primary_); }

void Upstream::stop(const Error& why) {
  retired_ = true;
  for (const LinkPtr& link : links()) link->stop(why);
  own_.clear();
  leases_.stop(why);
  admission_->limit({});
}

std::vector<LinkPtr> Upstream::shared() const {
  return legacy_ ? std::vector<LinkPtr>{primary_, legacy_} : std::vector<LinkPtr>{primary_};
}

bool Upstream::wants_lease(const Link& link, const protocol::ClientView& client) const {
  return !retired_ && client.era() == Era::kModern && client.capabilities.answers_questions() &&
         entry_.isolation != ServerEntry::Isolation::kShared && link.known() &&
         link.view().era() == Era::kLegacy;
}

void Upstream::retire(const Error& why) {
  retired_ = true;
  for (const LinkPtr& link : links()) link->retire(why);
  leases_.retire();
  admission_->limit({});
}

std::vector<LinkPtr> Upstream::links() const {
  std::vector<LinkPtr> all{primary_};
  if (legacy_) all.push_back(legacy_);
  for (const auto& [session, link] : own_) all.push_back(link);
  return all;
}

std::size_t Upstream::running() const {
  return static_cast<std::size_t>(calls_.use_count() - 1) + leases_.busy();
}

bool Upstream::has(const Link& link) const {
  if (&link == primary_.get() || &link == legacy_.get()) return true;
  auto own = own_.find(link.owner());
  return own != own_.end() && own->second.get() == &link;
}

bool Upstream::wants_own(const protocol::ClientView& client) const {
  if (client.era() == Era::kModern || entry_.isolation == ServerEntry::Isolation::kShared) return false;
  return entry_.isolation == ServerEntry::Isolation::kSession || client.capabilities.answers_questions();
}

LinkPtr Upstream::own_link(const server::SessionPtr& session, const protocol::ClientView& client) {
  auto& link = own_[session->id()];
  if (!link) {
    link = make_link(client::EraChoice::kLegacy, relayed(client.capabilities), session->id());
    link->seed(*primary_);
    start_eagerly(link);
  }
  return link;
}

// A session that must not share has nothing when there is no room for its own.
LinkPtr Upstream::no_link(const Error& why) {
  if (!none_ || none_->last_error() != why) {
    none_ = make_link(client::EraChoice::kLegacy, {}, "none");
    none_->stop(why);
  }
  return none_;
}

LinkPtr Upstream::shared_legacy() {
  if (!legacy_) {
    legacy_ = make_link(client::EraChoice::kLegacy, {}, {});
    legacy_->seed(*primary_);
    start_eagerly(legacy_);
  }
  return legacy_;
}

LinkPtr Upstream::pick(const server::SessionPtr& session, const protocol::ClientView& client) {
  if (client.era() == Era::kModern || entry_.era == "modern") return primary_;
  bool modern_primary = primary_->known() && primary_->view().era() == Era::kModern;
  bool has_own = session && own_.count(session->id()) != 0;
  bool wants = wants_own(client) && session && session->alive() && (!retired_ || has_own);
  auto full = wants && !has_own ? no_room() : std::nullopt;
  if (wants && !full) {
    // A server that refuses the legacy era is spoken to in its own, without questions back.
    LinkPtr own = own_link(session, client);
    return own->state() == Link::State::kUnsupported ? primary_ : own;
  }
  if (full) note_no_room(session->id());
  if (full && entry_.isolation == ServerEntry::Isolation::kSession) return no_link(*full);
  if (!modern_primary || (retired_ && !legacy_)) return primary_;
  LinkPtr legacy = shared_legacy();
  return legacy->state() == Link::State::kUnsupported ? primary_ : legacy;
}

Task<LinkPtr> Upstream::settle(std::shared_ptr<Upstream> upstream, server::SessionPtr session,
                               protocol::ClientView client, Wait wait, async::Millis patience) {
  auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    LinkPtr link = upstream->pick(session, client);
    if (!link->settled()) {
      auto left = std::chrono::duration_cast<async::Millis>(deadline - std::chrono::steady_clock::now());
      if (wait == Wait::kList) left = std::min(left, upstream->list_patience(*link, patience));
      if (left.count() <= 0) co_return link;
      auto waiting = Link::ready(link, left);
      auto ignored = co_await std::move(waiting);
      (void)ignored;
    }
    // The primary link may have turned out modern, an own link may have been refused: then another one
    // serves.
    LinkPtr now = upstream->pick(session, client);
    if (now == link) co_return link;
  }
}

// A session's own child of a server that is known to be down is not worth waiting for.
async::Millis Upstream::list_patience(const Link& link, async::Millis patience) const {
  bool down = primary_->settled() && !primary_->usable();
  bool slow = !primary_->settled() && primary_->patience_left(patience).count() == 0;
  return &link != primary_.get() && (down || slow) ? async::Millis{0} : link.patience_left(patience);
}

bool Upstream::serves(const Link& link, const std::string& session_id,
                      const protocol::ClientView& client) const {
  if (!link.owner().empty()) return link.owner() == session_id;
  auto own = own_.find(session_id);
  if (own != own_.end() && own->second->state() != Link::State::kUnsupported) return false;
  if (client.era() == Era::kModern) return &link == primary_.get();
  if (legacy_ && legacy_->state() != Link::State::kUnsupported) return &link == legacy_.get();
  return &link == primary_.get();
}

void Upstream::session_closed(const std::string& session_id) {
  for (const LinkPtr& link : {primary_, legacy_}) {
    if (link) link->forget_session(session_id);
  }
  without_own_.erase(session_id);
  auto own = own_.find(session_id);
  if (own == own_.end()) return;
  own->second->stop();
  own_.erase(own);
}

}  // namespace mcp::gateway
