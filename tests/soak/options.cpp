#include "tests/soak/options.h"

#include <charconv>
#include <cstring>
#include <filesystem>

namespace mcp::soak {
namespace {

template <class Number>
Result<void> read_number(Env& env, const std::string& name, Number& into) {
  auto text = env.variable(name);
  if (!text) return {};
  auto [end, failed] = std::from_chars(text->data(), text->data() + text->size(), into);
  if (failed == std::errc() && end == text->data() + text->size() && into >= 0) return {};
  return fail(ErrorCode::kUsage, name + " is no number: \"" + *text + "\"");
}

bool is_set(Env& env, const std::string& name) {
  auto text = env.variable(name);
  return text && !text->empty() && *text != "0";
}

}  // namespace

Result<Options> read_options(int argc, char** argv, Env& env) {
  if (argc != 3) return fail(ErrorCode::kUsage, "usage: mcp-soak MCP MCP-SOAK-SERVER");
  Options options;
  options.gateway = std::filesystem::absolute(argv[1]);
  options.server = std::filesystem::absolute(argv[2]);
  std::string random = env.random_bytes(sizeof(std::uint32_t));
  std::uint32_t seed = 0;
  std::memcpy(&seed, random.data(), sizeof seed);
  options.seed = seed;
  MCP_TRY(read_number(env, "MCP_SOAK_SECONDS", options.seconds));
  MCP_TRY(read_number(env, "MCP_SOAK_SEED", options.seed));
  MCP_TRY(read_number(env, "MCP_SOAK_SESSIONS", options.sessions));
  MCP_TRY(read_number(env, "MCP_SOAK_RATE", options.rate));
  options.reloads = is_set(env, "MCP_SOAK_RELOADS");
  options.sanitized = is_set(env, "MCP_SOAK_SANITIZED");
  return options;
}

}  // namespace mcp::soak
