#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <random>
#include <string>

#include "internal/async/timer.h"
#include "internal/http/client.h"
#include "tests/soak/configuration.h"
#include "tests/soak/ledger.h"
#include "tests/soak/options.h"
#include "tests/soak/program.h"
#include "tests/soak/sampler.h"

namespace mcp::soak {

// The words by which the gateway's own processes are told from its servers.
inline constexpr std::string_view kGatewayWord = " serve --json ";
inline constexpr std::string_view kServerWord = " --stdio ";

// What everybody in a soak shares. Lives on the loop, longer than all who see it.
struct World {
  using Clock = std::chrono::steady_clock;

  World(async::Loop& the_loop, process::Spawner& the_spawner, Options the_options)
      : loop(the_loop), spawner(the_spawner), options(std::move(the_options)), random(options.seed) {}

  // A number from 0 to bound - 1.
  std::size_t below(std::size_t bound) { return random() % bound; }
  bool one_in(std::size_t count) { return below(count) == 0; }
  async::Millis age() const { return std::chrono::duration_cast<async::Millis>(Clock::now() - began); }

  async::Loop& loop;
  process::Spawner& spawner;
  Options options;
  std::mt19937_64 random;
  Ledger ledger;
  std::string folder;  // holds everything; the HOME of the gateway and its servers is below it
  std::string home;
  std::unique_ptr<Configuration> configuration;
  ProgramPtr gateway;
  ProgramPtr web;
  int web_port = 0;
  http::Url url;  // of the merged endpoint

  Clock::time_point began = Clock::now();  // of the busy part
  bool going = true;                       // false: everybody comes to an end
  std::int64_t busy = 0;                   // visitors that have not ended
  struct Tally {
    std::int64_t sessions = 0;
    std::int64_t own_child = 0;  // sessions with children of their own
    std::int64_t modern = 0;
    std::int64_t vanished = 0;  // that left without a word
    std::int64_t no_entry = 0;  // that could not be opened
    std::int64_t kills = 0;
    std::int64_t web_kills = 0;
    std::int64_t reloads = 0;
    std::int64_t broken_reloads = 0;
  } tally;
  std::map<std::string, std::int64_t> complaints;  // what must not be, and how often it was
  MemoryCurve memory;
  Holdings at_start;
  Holdings at_end;
};

inline Task<bool> pause(World* world, async::Millis duration) {
  return async::sleep_for(world->loop, duration);
}

}  // namespace mcp::soak
