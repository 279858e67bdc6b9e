// mcp-bench-driver URL [options]: one load on one target, one line of JSON on standard output.
// EXIT STATUS 0: it ran (whatever failed is counted in the line); 2: usage; 6: the target cannot be reached
// or refused a session; 8: anything else.
#include <csignal>
#include <cstdio>

#include <CLI/CLI.hpp>

#include "internal/base/strings.h"
#include "internal/bench/report.h"
#include "internal/bench/run.h"

namespace mcp::bench {
namespace {

struct Words {
  std::string target;
  std::string label = "load";
  std::vector<std::string> headers;
  std::string era = "legacy";
  std::string idle_era = "legacy";
  GroupPlan first;                // of --sessions, --lanes, --rate, --tool …
  std::vector<std::string> more;  // --group
  std::string token;
  bool insecure = false;
};

Result<Era> era_named(std::string_view name) {
  if (name == "legacy") return Era::kLegacy;
  if (name == "modern") return Era::kModern;
  return fail(ErrorCode::kUsage, "no era: \"" + std::string(name) + "\"", "legacy, modern");
}

std::string bearer(const std::string& token) { return "Authorization: Bearer " + token + "\r\n"; }

// "name=greedy,sessions=1,lanes=64,rate=0"; whatever is not named is as in `base`.
Result<GroupPlan> parse_group(std::string_view text, const GroupPlan& base) {
  GroupPlan group = base;
  for (std::string_view part : split(text, ',')) {
    auto equals = part.find('=');
    std::string key(part.substr(0, equals));
    std::string value(equals == part.npos ? "" : part.substr(equals + 1));
    if (key == "name") {
      group.name = value;
    } else if (key == "sessions") {
      group.sessions = std::atoi(value.c_str());
    } else if (key == "lanes") {
      group.lanes = std::atoi(value.c_str());
    } else if (key == "rate") {
      group.rate = std::atof(value.c_str());
    } else if (key == "era") {
      MCP_ASSIGN(group.era, era_named(value));
    } else if (key == "token") {
      group.extra_fields = bearer(value);
    } else {
      return fail(ErrorCode::kUsage, "--group has no \"" + key + "\"",
                  "name, sessions, lanes, rate, era, token");
    }
  }
  return group;
}

Result<Plan> make_plan(const Words& words, Plan plan) {
  MCP_ASSIGN(plan.target, Target::parse(words.target));
  MCP_ASSIGN(plan.idle_era, era_named(words.idle_era));
  plan.verify = !words.insecure;
  for (const std::string& header : words.headers) plan.extra_fields += header + "\r\n";
  GroupPlan first = words.first;
  MCP_ASSIGN(first.era, era_named(words.era));
  if (!words.token.empty()) first.extra_fields = bearer(words.token);
  plan.target.narrow = first.together;
  plan.groups.push_back(first);
  for (const std::string& text : words.more) {
    MCP_ASSIGN(GroupPlan group, parse_group(text, first));
    plan.groups.push_back(group);
  }
  for (const GroupPlan& group : plan.groups) {
    if (group.together && group.rate > 0) {
      return fail(ErrorCode::kUsage, "--together goes in rounds: it has no --rate");
    }
    if (group.sessions < 0 || group.lanes < 1 || group.rate < 0) {
      return fail(ErrorCode::kUsage, "group \"" + group.name + "\": a number is too small");
    }
  }
  return plan;
}

int complain(const Error& error) {
  std::fprintf(stderr, "mcp-bench-driver: error: %s\n", error.message.c_str());
  if (!error.hint.empty()) std::fprintf(stderr, "mcp-bench-driver: hint: %s\n", error.hint.c_str());
  if (error.code == ErrorCode::kUsage) return 2;
  return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kProtocol ? 6 : 8;
}

int drive(int argc, char** argv) {
  Words words;
  Plan plan;
  CLI::App app("Load on an MCP server over HTTP.");
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.add_option("target", words.target, "http://…, https://… or unix:/path/of.sock:/mcp")->required();
  app.add_option("--label", words.label, "repeated in the result");
  app.add_option("--era", words.era, "legacy or modern");
  app.add_option("--sessions", words.first.sessions, "clients");
  app.add_option("--lanes", words.first.lanes, "connections of each, with one call in flight");
  app.add_option("--rate", words.first.rate, "calls a second of all clients together (0: closed loop)");
  app.add_option("--tool", words.first.tool, "the tool that is called");
  app.add_option("--arguments", words.first.arguments, "its arguments, JSON");
  app.add_option("--token", words.token, "the first group's bearer token");
  app.add_flag("--together", words.first.together, "read no answer until all of a round have begun");
  app.add_option("--least-bytes", words.first.least_bytes, "a shorter answer is an error");
  app.add_option("--group", words.more,
                 "a second group beside the first: name=…,sessions=…,lanes=…,rate=…,era=…,token=…")
      ->take_all();
  app.add_option("--warm-up", plan.warm_up_seconds, "seconds");
  app.add_option("--seconds", plan.seconds, "of the measured window");
  app.add_option("--grace", plan.grace_seconds, "seconds for late answers");
  app.add_option("--idle-streams", plan.idle_streams, "event streams held open meanwhile");
  app.add_option("--idle-era", words.idle_era, "theirs");
  app.add_option("--pid", plan.pid, "the target's, to look at its processes");
  app.add_option("--allocations", plan.counter_file,
                 "the file in which count_allocations.cpp counts the target's");
  app.add_option("--header", words.headers, "a field sent with every request")->take_all();
  app.add_flag("--raw", plan.raw, "the target is no MCP server: any 200 is an answer");
  app.add_flag("--insecure", words.insecure, "take any certificate");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  auto complete = make_plan(words, plan);
  if (!complete) return complain(complete.error());
  auto result = run(*complete);
  if (!result) return complain(result.error());
  std::printf("%s\n", report_line(words.label, *complete, *result).c_str());
  return 0;
}

}  // namespace
}  // namespace mcp::bench

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);
  return mcp::bench::drive(argc, argv);
}
