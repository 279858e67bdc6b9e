#include "tests/soak/report.h"

#include <cstdio>

namespace mcp::soak {
namespace {

constexpr double kWarmUp = 0.25;                  // of the calls
constexpr double kMostSlope = 1 << 20;            // bytes for 100 k calls
constexpr std::int64_t kEnoughToJudge = 200'000;  // calls: below it noise decides
constexpr double kMegabyte = 1 << 20;

class Verdict {
 public:
  void want(bool holds, const std::string& what) {
    if (holds) return;
    std::printf("  FAILED: %s\n", what.c_str());
    good_ = false;
  }
  bool good() const { return good_; }

 private:
  bool good_ = true;
};

std::string at_least(const char* what, std::int64_t wanted) {
  return std::string(what) + ": at least " + std::to_string(wanted) + " are wanted";
}

}  // namespace

bool report(const World& world, async::Millis busy_for) {
  auto totals = world.ledger.totals();
  const World::Tally& tally = world.tally;
  double seconds = static_cast<double>(busy_for.count()) / 1000;
  std::printf("soak: seed %llu, %.0f s, %lld calls (%.0f a second)\n",
              static_cast<unsigned long long>(world.options.seed), seconds,
              static_cast<long long>(totals.issued),
              static_cast<double>(totals.issued) / std::max(seconds, 1.0));
  std::printf(
      "  calls     answered %lld, refused %lld, abandoned %lld, lost %lld, doubled %lld, foreign %lld, "
      "nameless %lld\n",
      static_cast<long long>(totals.answered), static_cast<long long>(totals.refused),
      static_cast<long long>(totals.abandoned), static_cast<long long>(totals.lost),
      static_cast<long long>(totals.doubled), static_cast<long long>(totals.foreign),
      static_cast<long long>(totals.nameless));
  for (const auto& [words, count] : world.ledger.words()) {
    std::printf("            %6lld x %s\n", static_cast<long long>(count), words.c_str());
  }
  std::printf("  sessions  %lld (modern %lld, with own children %lld), vanished %lld, refused %lld\n",
              static_cast<long long>(tally.sessions), static_cast<long long>(tally.modern),
              static_cast<long long>(tally.own_child), static_cast<long long>(tally.vanished),
              static_cast<long long>(tally.no_entry));
  std::printf("  chaos     %lld children and %lld remotes killed, %lld reloads, %lld of a broken file\n",
              static_cast<long long>(tally.kills), static_cast<long long>(tally.web_kills),
              static_cast<long long>(tally.reloads), static_cast<long long>(tally.broken_reloads));
  double slope = world.memory.slope(kWarmUp);
  bool judged = !world.options.sanitized && totals.issued >= kEnoughToJudge;
  std::printf(
      "  memory    %.1f MB at first, %.1f MB at most, %.1f MB at last; %+.3f MB for 100 k calls (%s)\n",
      static_cast<double>(world.memory.first()) / kMegabyte,
      static_cast<double>(world.memory.most()) / kMegabyte,
      static_cast<double>(world.memory.last()) / kMegabyte, slope / kMegabyte,
      judged ? "judged" : "not judged");
  std::printf("  start     %s\n  end       %s\n", world.at_start.text().c_str(), world.at_end.text().c_str());

  Verdict verdict;
  verdict.want(totals.sound(), "calls were lost, doubled, crossed or failed without a name");
  verdict.want(totals.answered > totals.refused, "more calls were refused than answered");
  // How many a sanitized build manages says something of the machine only.
  verdict.want(world.options.sanitized || totals.issued >= world.options.wanted_calls(),
               at_least("calls", world.options.wanted_calls()));
  verdict.want(tally.kills + tally.web_kills >= world.options.wanted_kills(),
               at_least("kills", world.options.wanted_kills()));
  verdict.want(tally.reloads >= world.options.wanted_reloads(),
               at_least("reloads", world.options.wanted_reloads()));
  verdict.want(!judged || slope <= kMostSlope, "memory grows with the calls");
  verdict.want(world.at_end.same_as(world.at_start), "processes and descriptors are not those of the start");
  for (const auto& [complaint, count] : world.complaints) {
    verdict.want(false, complaint + " (" + std::to_string(count) + " times)");
  }
  std::printf("soak: %s\n", verdict.good() ? "passed" : "FAILED");
  return verdict.good();
}

}  // namespace mcp::soak
