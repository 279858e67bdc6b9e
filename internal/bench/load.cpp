#include "internal/bench/load.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "internal/bench/now.h"

namespace mcp::bench {
namespace {

constexpr std::size_t kRoom = 256 << 10;
constexpr int kMostEvents = 256;

// Bytes of an answer that are more than the head of one, and the first words of a stream.
constexpr int kBegun = 4096;

// epoll does not speak of a socket with fewer bytes to read.
void least_to_tell_of(int descriptor, int bytes) {
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes);
}

std::int64_t nanoseconds(double seconds) { return static_cast<std::int64_t>(seconds * 1e9); }

}  // namespace

struct Load::Seat {
  Seat(Group& of, Lane with) : group(of), lane(std::move(with)) {}

  Group& group;
  Lane lane;
  bool wants_write = false;
  bool retired = false;  // its target cannot be reached any more
  bool held = false;     // its answer has begun and is not read yet
};

struct Load::Group {
  explicit Group(const GroupPlan& from) : plan(from) { result.name = from.name; }

  const GroupPlan& plan;
  GroupResult result;
  std::vector<std::unique_ptr<Seat>> seats;
  std::optional<Schedule> schedule;  // of an open loop
  std::vector<Seat*> idle;           // an open loop's
  std::int64_t idle_since = 0;       // when it last had none before
  std::size_t out = 0;               // calls of a round that are not over
  std::size_t held = 0;              // those of them whose answer has begun
  bool reads = false;                // all had
};

Load::Load(const Plan& plan, Looks looks)
    : plan_(plan), looks_(std::move(looks)), epoll_(::epoll_create1(EPOLL_CLOEXEC)), room_(kRoom, '\0') {
  for (const GroupPlan& group : plan_.groups) groups_.push_back(std::make_unique<Group>(group));
}

Load::~Load() { ::close(epoll_); }

Result<void> Load::add(std::size_t group, std::unique_ptr<Wire> wire, const Sender& sender) {
  Group& into = *groups_[group];
  MCP_TRY(add_lane(into, std::move(wire), sender));
  for (int lane = 1; lane < into.plan.lanes; ++lane) {
    MCP_ASSIGN(auto more, Wire::open(plan_.target, plan_.verify));
    MCP_TRY(add_lane(into, std::move(more), sender));
  }
  return {};
}

Result<void> Load::add_lane(Group& group, std::unique_ptr<Wire> wire, const Sender& sender) {
  MCP_TRY(wire->go_async());
  Lane lane(std::move(wire), call_bytes(sender, group.plan.tool, group.plan.arguments), group.plan,
            plan_.raw);
  group.seats.push_back(std::make_unique<Seat>(group, std::move(lane)));
  return watch(*group.seats.back(), EPOLL_CTL_ADD);
}

Result<void> Load::watch(Seat& seat, int operation) {
  epoll_event event{};
  event.events = (seat.held ? std::uint32_t{0} : std::uint32_t{EPOLLIN}) |
                 (seat.wants_write ? std::uint32_t{EPOLLOUT} : 0U);
  event.data.ptr = &seat;
  if (::epoll_ctl(epoll_, operation, seat.lane.descriptor(), &event) == 0) return {};
  return fail(os_error("epoll_ctl", errno));
}

void Load::fire(Seat& seat, std::int64_t meant, std::int64_t now) {
  if (seat.lane.ended() && !reconnect(seat)) {
    seat.retired = true;
    if (meant >= window_from_ && window_open_) ++seat.group.result.outcomes[Verdict::kBroken];
    return;
  }
  if (seat.group.schedule && window_open_ && meant >= seat.group.idle_since)
    seat.group.result.lag.add(now - meant);
  ++busy_;
  next_number_ = (next_number_ + 1) % 1'000'000'000;
  auto failed = seat.lane.send(next_number_, meant);
  if (seat.lane.has_unsent() != seat.wants_write) {
    seat.wants_write = seat.lane.has_unsent();
    if (!seat.lane.ended()) static_cast<void>(watch(seat, EPOLL_CTL_MOD));
  }
  if (failed) settle(seat, *failed);
}

bool Load::reconnect(Seat& seat) {
  auto wire = Wire::open(plan_.target, plan_.verify);
  if (!wire || !(*wire)->go_async()) return false;
  seat.lane.replace(std::move(*wire));  // closing the old one took it out of the epoll
  seat.wants_write = false;
  return watch(seat, EPOLL_CTL_ADD).has_value();
}

void Load::settle(Seat& seat, Verdict verdict) {
  --busy_;
  std::int64_t now = now_ns();
  std::int64_t meant = seat.lane.meant();
  Group& group = seat.group;
  // In the window stands what was meant for it: calls still out at its end are waited for, those of the
  // warm-up do not count.
  if (window_open_ && meant >= window_from_ && meant < window_to_) {
    ++group.result.outcomes[verdict];
    group.result.latency.add(now - meant);
  }
  if (group.schedule) {
    if (group.idle.empty()) group.idle_since = now;
    group.idle.push_back(&seat);
  } else if (group.plan.together) {
    if (seat.held) --group.held;
    seat.held = false;
    --group.out;
    read_when_all_have_begun(group);
    if (group.out == 0) again_.push_back(&seat);
  } else if (verdict == Verdict::kBroken) {
    again_.push_back(&seat);
  } else if (sending_ && now < window_to_) {
    fire(seat, now, now);
  }
}

// Not from settle(): a target that breaks every connection would make it call itself without end.
void Load::fire_again() {
  for (Seat* seat : std::exchange(again_, {})) {
    if (!sending_) continue;
    if (seat->group.plan.together) {
      begin_round(seat->group);
    } else {
      fire(*seat, now_ns(), now_ns());
    }
  }
}

void Load::begin_round(Group& group) {
  // First: a call that fails at once is over before the next is sent.
  group.out = group.seats.size();
  group.reads = false;
  for (auto& seat : group.seats) {
    fire(*seat, now_ns(), now_ns());
    if (seat->retired) --group.out;
    if (seat->lane.busy()) least_to_tell_of(seat->lane.descriptor(), kBegun);
  }
}

void Load::hold(Seat& seat) {
  seat.held = true;
  ++seat.group.held;
  static_cast<void>(watch(seat, EPOLL_CTL_MOD));
  read_when_all_have_begun(seat.group);
}

void Load::read_when_all_have_begun(Group& group) {
  if (group.reads || group.held < group.out) return;
  group.reads = true;
  group.held = 0;
  for (auto& seat : group.seats) {
    seat->held = false;
    if (!seat->lane.busy()) continue;
    least_to_tell_of(seat->lane.descriptor(), 1);
    static_cast<void>(watch(*seat, EPOLL_CTL_MOD));
  }
}

void Load::send_from(Group& group, std::int64_t now) {
  if (sending_ && now < window_to_) group.schedule->advance(now);
  while (!group.idle.empty()) {
    auto meant = group.schedule->take();
    if (!meant) return;
    Seat* seat = group.idle.back();
    group.idle.pop_back();
    fire(*seat, *meant, now);
  }
}

void Load::send_due(std::int64_t now) {
  for (auto& group : groups_) {
    if (group->schedule) send_from(*group, now);
  }
}

void Load::open_window(std::int64_t now) {
  if (window_open_ || now < window_from_) return;
  looks_.begin();
  window_from_ = now_ns();
  window_to_ = window_from_ + nanoseconds(plan_.seconds);
  last_ = window_to_ + nanoseconds(plan_.grace_seconds);
  window_open_ = true;
  for (auto& group : groups_) {
    if (group->schedule) group->schedule->restart(window_from_);
  }
}

// Lanes that wait for a call, and calls that wait for a lane, need no waking.
std::int64_t Load::next_event(std::int64_t now) const {
  std::int64_t next = !window_open_ ? window_from_ : now < window_to_ ? window_to_ : last_;
  if (!sending_) return next;
  for (const auto& group : groups_) {
    if (group->schedule && !group->idle.empty()) next = std::min(next, group->schedule->next());
  }
  return next;
}

Result<void> Load::wait(std::int64_t now) {
  std::int64_t pause = again_.empty() ? std::max<std::int64_t>(0, next_event(now) - now) : 0;
  timespec time{static_cast<time_t>(pause / 1'000'000'000), static_cast<long>(pause % 1'000'000'000)};
  epoll_event events[kMostEvents];
  int count = ::epoll_pwait2(epoll_, events, kMostEvents, &time, nullptr);
  if (count < 0) return errno == EINTR ? Result<void>() : fail(os_error("epoll_pwait2", errno));
  for (int i = 0; i < count; ++i) {
    Seat& seat = *static_cast<Seat*>(events[i].data.ptr);
    std::optional<Verdict> verdict;
    if ((events[i].events & EPOLLOUT) != 0) {
      verdict = seat.lane.writable();
      if (!seat.lane.has_unsent() && seat.wants_write) {
        seat.wants_write = false;
        MCP_TRY(watch(seat, EPOLL_CTL_MOD));
      }
    }
    bool readable = (events[i].events & ~std::uint32_t{EPOLLOUT}) != 0;
    if (readable && seat.group.plan.together && !seat.group.reads && seat.lane.busy() && !seat.held) {
      hold(seat);
      continue;
    }
    if (!verdict && readable) verdict = seat.lane.readable(room_);
    if (verdict) {
      settle(seat, *verdict);
    } else if (seat.lane.ended()) {
      ::epoll_ctl(epoll_, EPOLL_CTL_DEL, seat.lane.descriptor(), nullptr);
    }
  }
  return {};
}

bool Load::any_busy() const {
  if (busy_ > 0) return true;
  return std::any_of(groups_.begin(), groups_.end(), [](const auto& group) {
    return group->schedule && group->schedule->waiting() > 0 && !group->idle.empty();
  });
}

// Whatever was not answered, and whatever never got a lane, counts as having taken until now.
void Load::give_up(std::int64_t now) {
  for (auto& group : groups_) {
    auto count = [&](std::int64_t meant) {
      if (meant < window_from_ || meant >= window_to_) return;
      ++group->result.outcomes[Verdict::kTimeout];
      group->result.latency.add(now - meant);
    };
    for (auto& seat : group->seats) {
      if (!seat->lane.busy()) continue;
      count(seat->lane.meant());
      seat->lane.give_up();
    }
    while (auto meant = group->schedule ? group->schedule->take() : std::nullopt) count(*meant);
  }
}

Result<void> Load::run() {
  std::int64_t now = now_ns();
  window_from_ = now + nanoseconds(plan_.warm_up_seconds);
  window_to_ = last_ = window_from_ + nanoseconds(plan_.seconds);
  for (auto& group : groups_) {
    if (group->plan.rate > 0) group->schedule.emplace(group->plan.rate, now);
    for (auto& seat : group->seats) {
      if (group->schedule) {
        group->idle.push_back(seat.get());
      } else if (!group->plan.together) {
        fire(*seat, now, now);
      }
    }
    if (group->plan.together) begin_round(*group);
  }
  for (now = now_ns(); now < last_ && (sending_ || any_busy()); now = now_ns()) {
    open_window(now);
    fire_again();
    send_due(now_ns());
    MCP_TRY(wait(now_ns()));
    if (sending_ && window_open_ && now_ns() >= window_to_) {
      looks_.end();
      sending_ = false;
    }
  }
  give_up(now_ns());
  return {};
}

std::vector<GroupResult> Load::take_results() {
  std::vector<GroupResult> results;
  for (auto& group : groups_) results.push_back(std::move(group->result));
  return results;
}

}  // namespace mcp::bench
