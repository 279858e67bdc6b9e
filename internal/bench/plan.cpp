#include "internal/bench/plan.h"

namespace mcp::bench {

std::int64_t RunResult::calls() const {
  std::int64_t sum = 0;
  for (const GroupResult& group : groups) sum += group.outcomes.of(Verdict::kOk);
  return sum;
}

std::int64_t RunResult::errors() const {
  std::int64_t sum = 0;
  for (const GroupResult& group : groups) sum += group.outcomes.errors();
  return sum;
}

bool RunResult::driver_was_late() const {
  constexpr std::int64_t kMostLag = 1'000'000;
  for (const GroupResult& group : groups) {
    if (group.lag.percentile(99) > kMostLag) return true;
  }
  return false;
}

}  // namespace mcp::bench
