#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "internal/base/error.h"

namespace mcp::log {

enum class Level { kError, kWarn, kInfo, kDebug };
enum class Format { kLogfmt, kJson };

// One key and its value on a log line. Ids and counts, never bodies or tokens.
struct Field {
  std::string_view key;
  std::string value;

  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const std::string& v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(v) {}
  Field(std::string_view k, std::int64_t v) : key(k), value(std::to_string(v)) {}
  Field(std::string_view k, int v) : key(k), value(std::to_string(v)) {}
  Field(std::string_view k, std::size_t v) : key(k), value(std::to_string(v)) {}
};
using Fields = std::initializer_list<Field>;

// Process-wide, set once by cmd/ before the loop runs. Lines go to stderr.
void configure(Level level, Format format);
Result<Level> parse_level(std::string_view text);
bool enabled(Level level);

// level=info ts=… msg="server ready" server=files
void write(Level level, std::string_view message, Fields fields = {});
inline void error(std::string_view message, Fields fields = {}) { write(Level::kError, message, fields); }
inline void warn(std::string_view message, Fields fields = {}) { write(Level::kWarn, message, fields); }
inline void info(std::string_view message, Fields fields = {}) { write(Level::kInfo, message, fields); }
inline void debug(std::string_view message, Fields fields = {}) { write(Level::kDebug, message, fields); }

// For many lines at once: one as write() would make it now, without the newline, …
std::string line(Level level, std::string_view message, std::span<const Field> fields);
// … and a line that may wait: it is written with those before it, in one go, by write_held(), or ahead of the
// next line that is written at once, so that lines stand in the order in which things happened.
void hold(std::string_view line);
void write_held();
// Bytes of lines that wait.
std::size_t held();

// The line as it would be written, without the newline. Pure: for tests.
std::string format_line(Format format, Level level, std::string_view timestamp, std::string_view message,
                        std::span<const Field> fields);
std::string format_line(Format format, Level level, std::string_view timestamp, std::string_view message,
                        Fields fields);

}  // namespace mcp::log
