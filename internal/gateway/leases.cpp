#include "internal/gateway/leases.h"

#include <algorithm>
#include <atomic>
#include <utility>

namespace mcp::gateway {
namespace {

constexpr std::string_view kOwner = "lease-";
constexpr async::Millis kFarewell{100};
constexpr std::size_t kMaxLeaving = 16;

std::string next_owner() {
  static std::atomic<std::uint64_t> count{0};
  return std::string(kOwner) + std::to_string(++count);
}

bool is_up(const Link& link) { return link.peer() && link.peer()->open(); }

}  // namespace

Leases::Leases(async::Loop& loop, Maker make, LeaseLimits limits, std::function<bool()> room)
    : loop_(loop), make_(std::move(make)), limits_(limits), room_(std::move(room)) {}

bool Leases::owns(const std::string& owner) { return std::string_view(owner).starts_with(kOwner); }

LinkPtr Leases::take(const std::string& principal, const protocol::ClientCapabilities& told) {
  std::string key = std::to_string(principal.size()) + ":" + principal + told.raw;
  // The one that was used last is the likeliest to be warm.
  auto kept =
      std::find_if(idle_.rbegin(), idle_.rend(), [&key](const Idle& idle) { return idle.key == key; });
  if (kept != idle_.rend()) {
    LinkPtr link = kept->link;
    idle_.erase(std::prev(kept.base()));
    busy_.emplace(link, std::move(key));
    return link;
  }
  if (is_full() && !idle_.empty()) end(idle_, idle_.begin());
  if (is_full()) return nullptr;
  LinkPtr link = make_(told, next_owner());
  busy_.emplace(link, std::move(key));
  return link;
}

void Leases::give_back(const LinkPtr& link, bool clean) {
  auto found = busy_.find(link);
  if (found == busy_.end()) return;
  std::string key = std::move(found->second);
  busy_.erase(found);
  if (!clean || !is_up(*link) || limits_.idle == 0) return dismiss(link);
  if (idle_.size() >= limits_.idle) end(idle_, idle_.begin());
  idle_.push_back(Idle{std::move(key), link, async::Timer(loop_)});
  idle_.back().deadline.start(limits_.idle_time, [this, raw = link.get()] { drop(*raw); });
}

void Leases::dismiss(const LinkPtr& link) {
  if (!is_up(*link)) return link->stop();
  if (leaving_.size() >= kMaxLeaving) end(leaving_, leaving_.begin());
  auto last = leaving_.insert(leaving_.end(), Idle{{}, link, async::Timer(loop_)});
  last->deadline.start(kFarewell, [this, last] { end(leaving_, last); });
}

void Leases::drop(const Link& link) {
  auto found = std::find_if(idle_.begin(), idle_.end(),
                            [&link](const Idle& idle) { return idle.link.get() == &link; });
  if (found == idle_.end()) return;
  LinkPtr gone = found->link;
  idle_.erase(found);
  dismiss(gone);
}

void Leases::end(std::list<Idle>& list, std::list<Idle>::iterator idle) {
  LinkPtr link = idle->link;
  list.erase(idle);
  link->stop();
}

void Leases::retire() {
  limits_.idle = 0;
  while (!idle_.empty()) end(idle_, idle_.begin());
}

void Leases::stop(const Error& why) {
  while (!idle_.empty()) end(idle_, idle_.begin());
  while (!leaving_.empty()) end(leaving_, leaving_.begin());
  for (auto& [link, key] : std::exchange(busy_, {})) link->stop(why);
}

std::vector<LinkPtr> Leases::links() const {
  std::vector<LinkPtr> all;
  for (const auto& [link, whose] : busy_) all.push_back(link);
  for (const auto* list : {&idle_, &leaving_}) {
    for (const Idle& idle : *list) all.push_back(idle.link);
  }
  return all;
}

}  // namespace mcp::gateway
