#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace mcp::gateway {

struct AdmissionLimits {
  std::size_t places = 0;  // who may be inside at once; 0: everybody
  std::size_t queue = 0;   // who may wait
};

// Who may be at one server at the same time, and whose turn is next. Each client has a line of its own, and
// the lines take turns: one that asks for much waits behind its own calls, not before those of others. When
// all that may wait do, the longest line gives up its last place to a client that has fewer waiting. Pure.
class Admission {
 public:
  // Told once: true, it is inside and owes a leave(); false, somebody with fewer calls waits in its place.
  using Done = std::function<void(bool admitted)>;
  using Ticket = std::uint64_t;

  explicit Admission(AdmissionLimits limits = {}) : limits_(limits) {}

  // From now on; more places let in who waits. Fewer send nobody away.
  void limit(AdmissionLimits limits);
  const AdmissionLimits& limits() const { return limits_; }

  // A place at once: true, and leave() is owed.
  bool try_enter() {
    if (!has_room()) return false;
    ++inside_;
    return true;
  }
  // Instead of try_enter(), once that said no. nullopt: as many wait as may, and no client has more waiting
  // than this one; `done` is not called.
  std::optional<Ticket> wait(const std::string& client, Done done);
  // Waits no longer. False: it was told already.
  bool give_up(Ticket ticket);
  void leave();

  std::size_t inside() const { return inside_; }
  std::size_t waiting() const { return waiting_; }

 private:
  struct Waiter {
    Ticket ticket;
    Done done;
  };
  struct Line {
    std::string client;
    std::deque<Waiter> waiters;
  };
  using Lines = std::list<Line>;

  bool has_room() const { return limits_.places == 0 || inside_ < limits_.places; }
  void let_in();
  Lines::iterator line_of(const std::string& client);
  void close_if_empty(Lines::iterator line);

  AdmissionLimits limits_;
  std::size_t inside_ = 0;
  std::size_t waiting_ = 0;
  Ticket next_ticket_ = 1;
  Lines lines_;  // the front one's turn is next; none is empty
  std::map<std::string, Lines::iterator> by_client_;
};

// A place inside, given back at the end.
class Place {
 public:
  Place() = default;
  // It was admitted.
  explicit Place(std::shared_ptr<Admission> admission) : admission_(std::move(admission)) {}
  Place(Place&& other) noexcept = default;
  Place& operator=(Place&& other) noexcept {
    leave();
    admission_ = std::move(other.admission_);
    return *this;
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { leave(); }

  void leave() {
    if (auto admission = std::exchange(admission_, nullptr)) admission->leave();
  }

 private:
  std::shared_ptr<Admission> admission_;
};

}  // namespace mcp::gateway
