#include "internal/base/log.h"

#include <chrono>
#include <memory>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "internal/base/printable.h"
#include "internal/base/strings.h"

namespace mcp::log {
namespace {

struct State {
  Level level = Level::kWarn;
  Format format = Format::kLogfmt;
  std::shared_ptr<spdlog::logger> logger;
  std::string held;  // lines with a newline between two of them
};

State& state() {
  static State instance = [] {
    State fresh;
    fresh.logger = std::make_shared<spdlog::logger>("mcp", std::make_shared<spdlog::sinks::stderr_sink_st>());
    fresh.logger->set_pattern("%v");
    fresh.logger->set_level(spdlog::level::trace);
    return fresh;
  }();
  return instance;
}

std::string_view name_of(Level level) {
  switch (level) {
    case Level::kError: return "error";
    case Level::kWarn: return "warn";
    case Level::kInfo: return "info";
    case Level::kDebug: return "debug";
  }
  return "info";
}

std::string now_rfc3339() {
  auto now = std::chrono::system_clock::now();
  auto seconds = std::chrono::system_clock::to_time_t(now);
  auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[96];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", utc.tm_year + 1900, utc.tm_mon + 1,
                utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, static_cast<int>(millis));
  return text;
}

// No value may move the cursor of a terminal that shows the line, or turn its direction.
std::string quoted(std::string_view value) { return printable(json_quote(value)); }

bool needs_quotes(std::string_view value) {
  if (value.empty() || !is_printable(value)) return true;
  for (unsigned char c : value) {
    if (c == ' ' || c == '"' || c == '=' || c == '\\') return true;
  }
  return false;
}

void append_logfmt(std::string& line, std::string_view key, std::string_view value) {
  if (!line.empty()) line += ' ';
  line.append(key).append("=");
  line += needs_quotes(value) ? quoted(value) : std::string(value);
}

}  // namespace

void configure(Level level, Format format) {
  state().level = level;
  state().format = format;
}

Result<Level> parse_level(std::string_view text) {
  for (Level level : {Level::kError, Level::kWarn, Level::kInfo, Level::kDebug}) {
    if (text == name_of(level)) return level;
  }
  return fail(ErrorCode::kInvalid, "unknown log level \"" + std::string(text) + "\"",
              "use error, warn, info or debug");
}

bool enabled(Level level) { return level <= state().level; }

void write(Level level, std::string_view message, Fields fields) {
  if (!enabled(level)) return;
  write_held();
  state().logger->info(format_line(state().format, level, now_rfc3339(), message, fields));
}

std::string line(Level level, std::string_view message, std::span<const Field> fields) {
  return format_line(state().format, level, now_rfc3339(), message, fields);
}

void hold(std::string_view line) {
  if (held() > 0) state().held += '\n';
  state().held += line;
}

std::size_t held() { return state().held.size(); }

void write_held() {
  if (held() == 0) return;
  const std::string& lines = state().held;
  state().logger->log(spdlog::level::info, spdlog::string_view_t(lines.data(), lines.size()));
  state().held.clear();
}

std::string format_line(Format format, Level level, std::string_view timestamp, std::string_view message,
                        Fields fields) {
  return format_line(format, level, timestamp, message, std::span(fields.begin(), fields.size()));
}

std::string format_line(Format format, Level level, std::string_view timestamp, std::string_view message,
                        std::span<const Field> fields) {
  std::string line;
  if (format == Format::kJson) {
    line = "{\"ts\":" + json_quote(timestamp) + ",\"level\":" + json_quote(name_of(level)) +
           ",\"msg\":" + quoted(message);
    for (const Field& field : fields) line += "," + json_quote(field.key) + ":" + quoted(field.value);
    return line + "}";
  }
  append_logfmt(line, "ts", timestamp);
  append_logfmt(line, "level", name_of(level));
  append_logfmt(line, "msg", message);
  for (const Field& field : fields) append_logfmt(line, field.key, field.value);
  return line;
}

}  // namespace mcp::log
