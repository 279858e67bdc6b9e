#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "internal/async/slot.h"

namespace mcp::http {

class Wire;

// Idle connections by host, and how many exist. Pure bookkeeping.
class ClientPool {
 public:
  // The right to one connection; given back when destroyed. Its owner keeps the pool alive.
  class Permit {
   public:
    Permit(ClientPool& pool, std::string key) : pool_(&pool), key_(std::move(key)) {}
    ~Permit() {
      if (pool_) pool_->returned(key_);
    }
    Permit(Permit&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)), key_(std::move(other.key_)) {}
    Permit& operator=(Permit&&) = delete;
    const std::string& key() const { return key_; }

   private:
    ClientPool* pool_;
    std::string key_;
  };

  // Somebody who waits for a connection of a full host.
  struct Waiter {
    explicit Waiter(async::Loop& loop) : woken(loop) {}
    async::Slot<bool> woken;
  };

  ClientPool(async::Loop& loop, std::size_t max_idle, std::size_t max_open);

  // The idle connection used last, or null.
  std::shared_ptr<Wire> take_idle(const std::string& key);
  // Null when the host is full. An idle connection gives way.
  std::optional<Permit> reserve(const std::string& key);
  std::shared_ptr<Waiter> wait(const std::string& key);
  void stop_waiting(const std::string& key, const std::shared_ptr<Waiter>& waiter);

  // False when it is not wanted.
  bool put_back(std::shared_ptr<Wire> wire);
  void forget(const Wire& wire);
  // Drops the idle ones; from now on nothing is kept.
  void shut();
  std::size_t idle() const;
  std::size_t open() const;
  std::size_t waiting() const;
  // Somebody waited in vain.
  void note_refused() { ++refused_; }
  std::uint64_t refused() const { return refused_; }

 private:
  struct Host {
    std::vector<std::shared_ptr<Wire>> idle;
    std::deque<std::shared_ptr<Waiter>> waiting;
    std::size_t open = 0;
  };

  void returned(const std::string& key);
  void wake(Host& host);

  async::Loop& loop_;
  std::size_t max_idle_;
  std::size_t max_open_;
  std::map<std::string, Host> hosts_;
  std::uint64_t refused_ = 0;
  bool shut_ = false;
};

}  // namespace mcp::http
