#include "internal/http/client_pool.h"

#include <algorithm>
#include <iterator>

#include "internal/http/wire.h"

namespace mcp::http {

ClientPool::ClientPool(async::Loop& loop, std::size_t max_idle, std::size_t max_open)
    : loop_(loop), max_idle_(max_idle), max_open_(max_open) {}

std::shared_ptr<Wire> ClientPool::take_idle(const std::string& key) {
  auto found = hosts_.find(key);
  if (found == hosts_.end()) return nullptr;
  while (!found->second.idle.empty()) {
    auto wire = std::move(found->second.idle.back());
    found->second.idle.pop_back();
    wire->clear_deadline();
    if (wire->is_quiet()) return wire;
    wire.reset();
    // The last connection of a host takes the host with it.
    found = hosts_.find(key);
    if (found == hosts_.end()) return nullptr;
  }
  return nullptr;
}

std::optional<ClientPool::Permit> ClientPool::reserve(const std::string& key) {
  auto found = hosts_.find(key);
  if (found != hosts_.end() && found->second.open >= max_open_) {
    if (found->second.idle.empty()) return std::nullopt;
    auto oldest = std::move(found->second.idle.front());
    found->second.idle.erase(found->second.idle.begin());
  }
  ++hosts_[key].open;
  return std::optional<Permit>(std::in_place, *this, key);
}

std::shared_ptr<ClientPool::Waiter> ClientPool::wait(const std::string& key) {
  auto waiter = std::make_shared<Waiter>(loop_);
  hosts_[key].waiting.push_back(waiter);
  return waiter;
}

void ClientPool::stop_waiting(const std::string& key, const std::shared_ptr<Waiter>& waiter) {
  auto found = hosts_.find(key);
  if (found == hosts_.end()) return;
  auto& waiting = found->second.waiting;
  waiting.erase(std::remove(waiting.begin(), waiting.end(), waiter), waiting.end());
}

bool ClientPool::put_back(std::shared_ptr<Wire> wire) {
  auto found = hosts_.find(wire->pool_key());
  if (shut_ || found == hosts_.end() || found->second.idle.size() >= max_idle_) return false;
  found->second.idle.push_back(std::move(wire));
  wake(found->second);
  return true;
}

void ClientPool::forget(const Wire& wire) {
  auto found = hosts_.find(wire.pool_key());
  if (found == hosts_.end()) return;
  auto& idle = found->second.idle;
  auto at = std::find_if(idle.begin(), idle.end(), [&](const auto& other) { return other.get() == &wire; });
  if (at == idle.end()) return;
  auto last_reference = std::move(*at);
  idle.erase(at);
}

void ClientPool::shut() {
  shut_ = true;
  std::vector<std::shared_ptr<Wire>> all;
  for (auto& [key, host] : hosts_) {
    std::move(host.idle.begin(), host.idle.end(), std::back_inserter(all));
    host.idle.clear();
  }
}

std::size_t ClientPool::idle() const {
  std::size_t count = 0;
  for (const auto& [key, host] : hosts_) count += host.idle.size();
  return count;
}

std::size_t ClientPool::open() const {
  std::size_t count = 0;
  for (const auto& [key, host] : hosts_) count += host.open;
  return count;
}

std::size_t ClientPool::waiting() const {
  std::size_t count = 0;
  for (const auto& [key, host] : hosts_) count += host.waiting.size();
  return count;
}

void ClientPool::returned(const std::string& key) {
  auto found = hosts_.find(key);
  if (found == hosts_.end()) return;
  --found->second.open;
  wake(found->second);
  if (found->second.open == 0 && found->second.waiting.empty()) hosts_.erase(found);
}

void ClientPool::wake(Host& host) {
  if (host.waiting.empty()) return;
  auto waiter = std::move(host.waiting.front());
  host.waiting.pop_front();
  waiter->woken.set(true);
}

}  // namespace mcp::http
