#include "internal/gateway/departures.h"

#include <utility>

namespace mcp::gateway {
namespace {

// Calls end in many ways and none of them tells who waits for the last; looking is cheap, and rare.
constexpr async::Millis kLookAgain{20};

}  // namespace

void Departures::add(Leaver leaver, async::Millis deadline) {
  if (!leaver.busy()) return leaver.end(true);
  waiting_.push_back({std::move(leaver), Clock::now() + deadline});
  if (!timer_.armed()) timer_.start(kLookAgain, [this] { look(); });
}

void Departures::end_all() {
  timer_.cancel();
  for (Waiting& one : std::exchange(waiting_, {})) one.leaver.end(!one.leaver.busy());
}

void Departures::look() {
  auto now = Clock::now();
  for (Waiting& one : std::exchange(waiting_, {})) {
    bool busy = one.leaver.busy();
    if (busy && now < one.deadline) {
      waiting_.push_back(std::move(one));
    } else {
      one.leaver.end(!busy);
    }
  }
  if (!waiting_.empty()) timer_.start(kLookAgain, [this] { look(); });
}

}  // namespace mcp::gateway
