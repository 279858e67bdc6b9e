#include "internal/store/writer.h"

namespace mcp::store {

Writer::Writer(async::Loop& loop, Connection db, std::size_t queue)
    : state_(std::make_shared<State>(loop, std::move(db))), queue_(queue) {}

Result<void> Writer::submit(Job job, Done done) {
  if (state_->waiting.size() >= queue_) {
    return fail(ErrorCode::kLimit,
                "database " + state_->db.path() + ": " + std::to_string(queue_) + " changes wait already",
                "try again; the disk is slow, or more is asked than it can keep");
  }
  state_->waiting.emplace_back(std::move(job), std::move(done));
  if (!state_->running) next(state_);
  return {};
}

void Writer::next(const std::shared_ptr<State>& state) {
  state->running = !state->waiting.empty();
  if (!state->running) return;
  auto [job, done] = std::move(state->waiting.front());
  state->waiting.pop_front();
  auto result = std::make_shared<Result<void>>();
  state->loop.offload(
      [state, result, job = std::move(job)] {
        *result = state->db.transaction([&] { return job(state->db); });
      },
      [state, result, done = std::move(done)] {
        next(state);
        done(std::move(*result));
      });
}

Task<Result<void>> Writer::run(Job job) {
  async::Slot<Result<void>> slot(state_->loop);
  Done done = [slot](Result<void> result) { slot.set(std::move(result)); };
  Result<void> accepted = submit(std::move(job), std::move(done));
  MCP_CO_CHECK(accepted);
  Result<void> result = co_await slot.get();
  co_return result;
}

}  // namespace mcp::store
