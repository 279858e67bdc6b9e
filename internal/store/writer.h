#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <utility>

#include "internal/async/loop.h"
#include "internal/async/slot.h"
#include "internal/store/connection.h"

namespace mcp::store {

// The one way from the loop to a database: jobs run one after another on the pool, each in a transaction, and
// their results come back to the loop. All members belong to the loop's thread. What was accepted is done
// even when the writer is gone before; it needs the loop to run until idle().
class Writer {
 public:
  // Runs on the pool: what it touches besides the connection must be its own.
  using Job = std::function<Result<void>(Connection&)>;
  using Done = std::function<void(Result<void>)>;

  // queue: jobs that may wait.
  Writer(async::Loop& loop, Connection db, std::size_t queue = 1024);

  // `done` runs on the loop, never inside this call; an error of the job undid all of it.
  // Errors: kLimit (too many wait; then `done` is not called).
  Result<void> submit(Job job, Done done);

  // The same for a coroutine.
  Task<Result<void>> run(Job job);
  template <class T>
  Task<Result<T>> ask(std::function<Result<T>(Connection&)> job);

  bool idle() const { return !state_->running && state_->waiting.empty(); }
  std::size_t waiting() const { return state_->waiting.size(); }

 private:
  struct State {
    State(async::Loop& on, Connection connection) : loop(on), db(std::move(connection)) {}
    async::Loop& loop;
    Connection db;
    std::deque<std::pair<Job, Done>> waiting = {};
    bool running = false;
  };

  static void next(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;
  std::size_t queue_;
};

template <class T>
Task<Result<T>> Writer::ask(std::function<Result<T>(Connection&)> job) {
  auto answer = std::make_shared<std::optional<T>>();
  Job wrapped = [job = std::move(job), answer](Connection& db) -> Result<void> {
    auto result = job(db);
    if (!result) return fail(std::move(result.error()));
    answer->emplace(std::move(*result));
    return {};
  };
  Result<void> done = co_await run(std::move(wrapped));
  MCP_CO_CHECK(done);
  co_return std::move(**answer);
}

}  // namespace mcp::store
