#include "tests/soak/chaos.h"

#include <csignal>

#include "tests/soak/reload.h"

namespace mcp::soak {
namespace {

constexpr async::Millis kKillEvery{1'800};     // 330 in ten minutes, fewer while the configuration changes
constexpr async::Millis kReloadEvery{24'000};  // 25 in ten minutes
constexpr async::Millis kSettled{10'000};      // a server that ran this long is started again at once
constexpr async::Millis kPatience{20'000};

using Birthdays = std::map<pid_t, World::Clock::time_point>;

// Mostly one that has run for a while, so that back-off does not leave everybody waiting; sometimes any.
std::optional<pid_t> pick_victim(World& world, Birthdays& births) {
  auto now = World::Clock::now();
  Birthdays living;
  std::vector<pid_t> settled;
  std::vector<pid_t> all;
  for (const auto& server : Household::of(world.home).with(kServerWord)) {
    if (server.command.rfind(world.options.server, 0) != 0) continue;  // the keeper above it
    auto born = births.emplace(server.pid, now).first->second;
    living[server.pid] = born;
    all.push_back(server.pid);
    if (now - born >= kSettled) settled.push_back(server.pid);
  }
  births = std::move(living);
  const auto& candidates = settled.empty() || world.one_in(5) ? all : settled;
  if (candidates.empty()) return std::nullopt;
  return candidates[world.below(candidates.size())];
}

Task<void> kill_web(World* world) {
  world->web->signal(SIGKILL);
  auto ending = world->web->ended(kPatience);
  auto ended = co_await std::move(ending);
  if (!ended) ++world->complaints["the remote outlived SIGKILL"];
  auto pausing = pause(world, async::Millis(world->below(1'000)));
  co_await std::move(pausing);
  auto starting = start_web(world);
  auto started = co_await std::move(starting);
  if (!started) ++world->complaints["the remote did not start again: " + started.error().message];
  ++world->tally.web_kills;
}

}  // namespace

Task<Result<void>> start_web(World* world) {
  Program::Words words;
  words.argv = {world->options.server, "--http", std::to_string(world->web_port)};
  words.environment["HOME"] = world->folder;
  words.folder = world->folder;
  words.name = "web" + std::to_string(world->tally.web_kills);
  auto starting = Program::start(&world->loop, &world->spawner, std::move(words));
  auto started = co_await std::move(starting);
  MCP_CO_CHECK(started);
  world->web = *started;
  auto saying = world->web->first_line(kPatience);
  auto port = co_await std::move(saying);
  MCP_CO_CHECK(port);
  world->web_port = std::stoi(*port);
  co_return Result<void>();
}

Task<void> make_chaos(World* world) {
  ++world->busy;
  Birthdays births;
  auto next_reload = World::Clock::now() + kReloadEvery / 2;
  while (world->going) {
    auto pausing = pause(world, kKillEvery / 2 + async::Millis(world->below(kKillEvery.count())));
    co_await std::move(pausing);
    if (world->options.reloads && World::Clock::now() >= next_reload) {
      next_reload += kReloadEvery;
      auto reloading = reload(world);
      co_await std::move(reloading);
    } else if (world->one_in(12)) {
      auto killing = kill_web(world);
      co_await std::move(killing);
    } else if (auto victim = pick_victim(*world, births)) {
      if (::kill(*victim, world->one_in(8) ? SIGTERM : SIGKILL) == 0) ++world->tally.kills;
    }
  }
  --world->busy;
}

}  // namespace mcp::soak
