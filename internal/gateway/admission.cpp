#include "internal/gateway/admission.h"

#include <algorithm>

namespace mcp::gateway {

void Admission::limit(AdmissionLimits limits) {
  limits_ = limits;
  let_in();
}

Admission::Lines::iterator Admission::line_of(const std::string& client) {
  auto found = by_client_.find(client);
  if (found != by_client_.end()) return found->second;
  auto line = lines_.insert(lines_.end(), Line{client, {}});
  by_client_.emplace(client, line);
  return line;
}

void Admission::close_if_empty(Lines::iterator line) {
  if (!line->waiters.empty()) return;
  by_client_.erase(line->client);
  lines_.erase(line);
}

std::optional<Admission::Ticket> Admission::wait(const std::string& client, Done done) {
  Done displaced;
  if (waiting_ >= limits_.queue) {
    auto longest = std::max_element(lines_.begin(), lines_.end(), [](const Line& a, const Line& b) {
      return a.waiters.size() < b.waiters.size();
    });
    auto own = by_client_.find(client);
    std::size_t length = own == by_client_.end() ? 0 : own->second->waiters.size();
    // Its last one would be what the newcomer is: one more than anybody else's.
    if (longest == lines_.end() || longest->waiters.size() <= length + 1) return std::nullopt;
    displaced = std::move(longest->waiters.back().done);
    longest->waiters.pop_back();
    --waiting_;
  }
  Ticket ticket = next_ticket_++;
  line_of(client)->waiters.push_back(Waiter{ticket, std::move(done)});
  ++waiting_;
  if (displaced) displaced(false);
  return ticket;
}

bool Admission::give_up(Ticket ticket) {
  for (auto line = lines_.begin(); line != lines_.end(); ++line) {
    auto& waiters = line->waiters;
    auto found = std::find_if(waiters.begin(), waiters.end(),
                              [ticket](const Waiter& waiter) { return waiter.ticket == ticket; });
    if (found == waiters.end()) continue;
    waiters.erase(found);
    --waiting_;
    close_if_empty(line);
    return true;
  }
  return false;
}

void Admission::leave() {
  --inside_;
  let_in();
}

void Admission::let_in() {
  while (waiting_ > 0 && has_room()) {
    auto line = lines_.begin();
    Done done = std::move(line->waiters.front().done);
    line->waiters.pop_front();
    --waiting_;
    ++inside_;
    lines_.splice(lines_.end(), lines_, line);
    close_if_empty(line);
    done(true);
  }
}

}  // namespace mcp::gateway
