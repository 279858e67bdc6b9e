#include "internal/server/time_server.h"

#include <ctime>

#include "internal/base/strings.h"
#include "internal/server/catalog.h"
#include "internal/server/context.h"
#include "internal/server/time_zone.h"

namespace mcp::server {
namespace {

// "local" depends on the moment: summer time.
Result<int> offset_at(std::string_view zone, std::int64_t unix_seconds) {
  if (zone.empty()) return 0;
  if (!iequals(zone, "local")) return parse_offset_minutes(zone);
  std::time_t moment = unix_seconds;
  std::tm local{};
  if (!localtime_r(&moment, &local))
    return fail(ErrorCode::kInvalid, "the local time zone does not know this moment");
  return static_cast<int>(local.tm_gmtoff / 60);
}

Answer refuse(const Error& error) {
  return ToolResult::failure(error.hint.empty() ? error.message : error.message + " (" + error.hint + ")");
}

Answer moment_result(std::int64_t unix_seconds, int offset) {
  std::string text = format_rfc3339(unix_seconds, offset);
  ToolResult result = ToolResult::text(text);
  result.structured = "{\"time\":" + json_quote(text) + ",\"unix\":" + std::to_string(unix_seconds) + "}";
  return result;
}

Answer now(Env& env, Context& context) {
  std::int64_t seconds = env.wall_clock_ms() / 1000;
  auto offset = offset_at(context.argument("timezone"), seconds);
  return offset ? moment_result(seconds, *offset) : refuse(offset.error());
}

Answer convert(Context& context) {
  std::string zone = context.argument("from");
  auto from = zone.empty() ? Result<int>(0) : parse_offset_minutes(zone);
  if (!from) return refuse(from.error());
  auto moment = parse_rfc3339(context.argument("time"), *from);
  if (!moment) return refuse(moment.error());
  auto to = offset_at(context.argument("to"), *moment);
  return to ? moment_result(*moment, *to) : refuse(to.error());
}

constexpr std::string_view kMomentSchema =
    R"({"type":"object","properties":{"time":{"type":"string","description":"RFC 3339"},)"
    R"("unix":{"type":"integer","description":"seconds since 1970"}},"required":["time","unix"]})";

Tool now_tool(Env& env) {
  Tool tool;
  tool.name = "now";
  tool.title = "Current time";
  tool.description =
      "The current time in UTC, at a fixed offset such as +02:00, or in this machine's zone (local).";
  tool.input_schema =
      R"({"type":"object","properties":{"timezone":{"type":"string","description":"UTC (default), local, or +02:00"}}})";
  tool.output_schema = kMomentSchema;
  tool.annotations = R"({"readOnlyHint":true,"openWorldHint":false})";
  tool.handler = immediate([&env](Context& context) { return now(env, context); });
  return tool;
}

Tool convert_tool() {
  Tool tool;
  tool.name = "convert";
  tool.title = "Convert a time";
  tool.description = "The same moment at another offset from UTC.";
  tool.input_schema =
      R"({"type":"object","properties":{)"
      R"("time":{"type":"string","description":"RFC 3339, such as 2026-07-28T14:00:00+02:00; the offset may be missing"},)"
      R"("from":{"type":"string","description":"offset of a time that names none: UTC (default), +02:00"},)"
      R"("to":{"type":"string","description":"UTC, local, or an offset such as -05:30"}},"required":["time","to"]})";
  tool.output_schema = kMomentSchema;
  tool.annotations = R"({"readOnlyHint":true,"idempotentHint":true,"openWorldHint":false})";
  tool.handler = immediate(convert);
  return tool;
}

}  // namespace

std::shared_ptr<Backend> make_time_server(async::Loop& loop, Env& env) {
  CatalogOptions options;
  options.server_info = R"({"name":"time","title":"Time","version":"1.0.0"})";
  auto catalog = std::make_shared<Catalog>(loop, std::move(options), env);
  if (!catalog->add(now_tool(env)) || !catalog->add(convert_tool())) return nullptr;
  return catalog;
}

}  // namespace mcp::server
