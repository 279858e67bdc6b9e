#include "internal/async/loop.h"

#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace mcp::async {

// Made on first use: a command that never offloads starts no thread.
struct Loop::Pool {
  asio::thread_pool threads{2};
};

Loop::Loop() : context_(1) {}

Loop::~Loop() {
  if (pool_) pool_->threads.join();
}

void Loop::run() {
  context_.restart();
  context_.run();
}

bool Loop::run_until(const std::function<bool()>& done, Millis deadline) {
  auto until = std::chrono::steady_clock::now() + deadline;
  context_.restart();
  while (!done()) {
    if (std::chrono::steady_clock::now() >= until) return done();
    if (context_.stopped()) context_.restart();
    context_.run_one_until(until);
  }
  return true;
}

void Loop::run_ready() {
  context_.restart();
  while (context_.poll_one() > 0) {
  }
}

void Loop::stop() { context_.stop(); }

void Loop::post(std::function<void()> fn) { asio::post(context_, std::move(fn)); }

void Loop::spawn(Task<void> task) {
  asio::co_spawn(context_.get_executor(), std::move(task), [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  });
}

void Loop::offload(std::function<void()> work, std::function<void()> done) {
  if (!pool_) pool_ = std::make_unique<Pool>();
  auto guard = std::make_shared<asio::executor_work_guard<Executor>>(context_.get_executor());
  asio::post(pool_->threads, [this, guard, work = std::move(work), done = std::move(done)] {
    work();
    asio::post(context_, [guard, done] { done(); });
  });
}

}  // namespace mcp::async
