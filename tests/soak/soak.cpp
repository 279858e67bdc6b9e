#include "tests/soak/soak.h"

#include <csignal>
#include <cstdio>

#include "internal/json/members.h"
#include "tests/soak/chaos.h"
#include "tests/soak/readiness.h"
#include "tests/soak/visitor.h"

namespace mcp::soak {
namespace {

constexpr async::Millis kStarting{60'000};
constexpr async::Millis kResting{150'000};  // the longest back-off, a start, and sessions that idle out
constexpr async::Millis kLeaving{120'000};
constexpr async::Millis kStep{100};
constexpr async::Millis kSampleEvery{1'000};
constexpr int kRounds = 5;

Task<Result<void>> start_gateway(World* world) {
  Program::Words words;
  words.argv = {world->options.gateway,       "serve",    "--json",      "--config",
                world->configuration->path(), "--listen", "127.0.0.1:0", "--state-dir",
                world->folder + "/state"};
  for (const auto& [name, value] : real_env().variables()) {
    bool sanitizer = name.size() > 8 && name.rfind("SAN_OPTIONS") == name.size() - 11;
    if (sanitizer || name == "PATH") words.environment[name] = value;
  }
  words.environment["HOME"] = world->home;
  words.folder = world->folder;
  words.name = "gateway";
  auto starting = Program::start(&world->loop, &world->spawner, std::move(words));
  auto started = co_await std::move(starting);
  MCP_CO_CHECK(started);
  world->gateway = *started;
  auto saying = world->gateway->first_line(kStarting);
  auto line = co_await std::move(saying);
  MCP_CO_CHECK(line);
  auto text = json::decode_string(json::member_of(*line, "url"));
  MCP_CO_CHECK(text);
  auto url = http::parse_url(*text);
  MCP_CO_CHECK(url);
  world->url = std::move(*url);
  co_return Result<void>();
}

Task<Result<void>> begin(World* world) {
  auto web = start_web(world);
  auto web_started = co_await std::move(web);
  MCP_CO_CHECK(web_started);
  world->configuration =
      std::make_unique<Configuration>(world->folder + "/mcp.toml", world->options.server, world->web_port);
  auto written = world->configuration->write();
  MCP_CO_CHECK(written);
  auto starting = start_gateway(world);
  auto started = co_await std::move(starting);
  MCP_CO_CHECK(started);
  auto readying = until_all_ready(world, kStarting);
  auto ready = co_await std::move(readying);
  MCP_CO_CHECK(ready);
  // A server that speaks both eras has a connection for each once a client of that era came.
  for (int round = 0; round < kRounds * 2; ++round) {
    auto calling = call_round(world, round % 2 == 1);
    auto called = co_await std::move(calling);
    MCP_CO_CHECK(called);
  }
  auto resting = until_at_rest(world, nullptr, kStarting);
  auto at_rest = co_await std::move(resting);
  MCP_CO_CHECK(at_rest);
  world->at_start = *at_rest;
  co_return Result<void>();
}

Task<void> take_samples(World* world) {
  ++world->busy;
  while (world->going) {
    auto memory = memory_of(world->gateway->pid());
    if (memory) world->memory.add(world->ledger.totals().issued, *memory);
    auto pausing = pause(world, kSampleEvery);
    co_await std::move(pausing);
  }
  --world->busy;
}

bool reached_enough(const World& world) {
  const auto& tally = world.tally;
  return world.ledger.totals().issued >= world.options.wanted_calls() &&
         tally.kills + tally.web_kills >= world.options.wanted_kills() &&
         tally.reloads >= world.options.wanted_reloads();
}

// Busy for the time that was asked for, and up to half as long again when the counts are not reached.
Task<async::Millis> be_busy(World* world) {
  world->began = World::Clock::now();
  for (std::int64_t i = 0; i < world->options.sessions; ++i) world->loop.spawn(visit(world));
  world->loop.spawn(make_chaos(world));
  world->loop.spawn(take_samples(world));
  const async::Millis wanted(world->options.seconds * 1000);
  while (world->gateway->running()) {
    auto age = world->age();
    if (age >= wanted && (reached_enough(*world) || age >= wanted * 3 / 2)) break;
    auto pausing = pause(world, kStep);
    co_await std::move(pausing);
  }
  async::Millis busy_for = world->age();
  if (!world->gateway->running()) ++world->complaints["the gateway ended: " + world->gateway->last_words()];
  world->going = false;
  for (async::Millis waited{0}; world->busy > 0 && waited < kLeaving; waited += kStep) {
    auto pausing = pause(world, kStep);
    co_await std::move(pausing);
  }
  if (world->busy > 0) ++world->complaints["visitors did not come to an end"];
  co_return busy_for;
}

Task<void> come_to_rest(World* world) {
  auto readying = until_all_ready(world, kResting);
  auto ready = co_await std::move(readying);
  if (!ready) ++world->complaints[ready.error().message];
  auto resting = until_at_rest(world, &world->at_start, kResting);
  auto rest = co_await std::move(resting);
  if (!rest) ++world->complaints[rest.error().message];
  world->at_end = holdings_of(world->home, kGatewayWord, world->web_port);
}

Task<void> stop_all(World* world) {
  world->gateway->signal(SIGTERM);
  auto ending = world->gateway->ended(kStarting);
  auto ended = co_await std::move(ending);
  if (!ended) {
    ++world->complaints["the gateway did not end"];
  } else if (ended->signaled || ended->code != 0) {
    ++world->complaints["the gateway ended with " + ended->text() + ": " + world->gateway->last_words()];
  }
  std::size_t left = Household::of(world->home).members.size();
  for (async::Millis waited{0}; left > 0 && waited < kStarting; waited += kStep) {
    auto pausing = pause(world, kStep);
    co_await std::move(pausing);
    left = Household::of(world->home).members.size();
  }
  if (left > 0) ++world->complaints["processes outlived the gateway"];
  world->web->signal(SIGKILL);
  auto burying = world->web->ended(kStarting);
  co_await std::move(burying);
}

}  // namespace

Task<Result<async::Millis>> run_soak(World* world) {
  auto beginning = begin(world);
  auto begun = co_await std::move(beginning);
  if (!begun && world->gateway) std::fputs(world->gateway->last_words().c_str(), stderr);
  MCP_CO_CHECK(begun);
  auto being_busy = be_busy(world);
  async::Millis busy_for = co_await std::move(being_busy);
  auto resting = come_to_rest(world);
  co_await std::move(resting);
  auto stopping = stop_all(world);
  co_await std::move(stopping);
  co_return busy_for;
}

}  // namespace mcp::soak
