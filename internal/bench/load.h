#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "internal/bench/lane.h"
#include "internal/bench/schedule.h"

namespace mcp::bench {

// Keeps all lanes of all groups going: one thread, one epoll. Lanes whose connection ends are connected anew.
class Load {
 public:
  // Called at the beginning and at the end of the measured window. To be quick: the load stands meanwhile.
  struct Looks {
    std::function<void()> begin;
    std::function<void()> end;
  };

  Load(const Plan& plan, Looks looks);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // The session's connection becomes its first lane, the others are opened. Errors: kUnavailable, kIo.
  Result<void> add(std::size_t group, std::unique_ptr<Wire> wire, const Sender& sender);
  // Warm-up, window, grace. Once.
  Result<void> run();
  std::vector<GroupResult> take_results();

 private:
  struct Group;
  struct Seat;  // a lane in its group

  Result<void> add_lane(Group& group, std::unique_ptr<Wire> wire, const Sender& sender);
  Result<void> watch(Seat& seat, int operation);
  void fire(Seat& seat, std::int64_t meant, std::int64_t now);
  void settle(Seat& seat, Verdict verdict);
  // Of a group that reads its answers together.
  void begin_round(Group& group);
  void hold(Seat& seat);
  void read_when_all_have_begun(Group& group);
  bool reconnect(Seat& seat);
  void send_due(std::int64_t now);
  void send_from(Group& group, std::int64_t now);
  void open_window(std::int64_t now);
  std::int64_t next_event(std::int64_t now) const;
  Result<void> wait(std::int64_t now);
  void give_up(std::int64_t now);
  bool any_busy() const;
  void fire_again();

  const Plan& plan_;
  Looks looks_;
  int epoll_;
  std::string room_;
  std::vector<std::unique_ptr<Group>> groups_;
  std::vector<Seat*> again_;  // of closed loops: their connections broke
  std::int64_t next_number_ = 0;
  std::int64_t busy_ = 0;
  std::int64_t window_from_ = 0;
  std::int64_t window_to_ = 0;
  std::int64_t last_ = 0;  // when the grace is over
  bool sending_ = true;
  bool window_open_ = false;
};

}  // namespace mcp::bench
