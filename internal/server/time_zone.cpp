#include "internal/server/time_zone.h"

#include <charconv>
#include <chrono>
#include <cstdio>

#include "internal/base/strings.h"

namespace mcp::server {
namespace {

constexpr int kMostMinutes = 18 * 60;  // ISO 8601 knows none farther away

// All of `text` as a number of `digits` digits.
std::optional<int> digits(std::string_view text) {
  int value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  if (text.empty()) return std::nullopt;
  return value;
}

tl::unexpected<Error> bad_offset(std::string_view text) {
  return fail(ErrorCode::kInvalid, "unknown time zone " + json_quote(text),
              "UTC, or an offset such as +02:00 or -05:30");
}

tl::unexpected<Error> bad_time(std::string_view text) {
  return fail(ErrorCode::kInvalid, json_quote(text) + " is no date and time",
              "write 2026-07-28T14:00:00+02:00");
}

std::optional<std::int64_t> parse_clock(std::string_view text) {
  if (text.size() < 5 || text[2] != ':') return std::nullopt;
  auto hour = digits(text.substr(0, 2));
  auto minute = digits(text.substr(3, 2));
  std::optional<int> second = 0;
  if (text.size() > 5) second = text.size() == 8 && text[5] == ':' ? digits(text.substr(6)) : std::nullopt;
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return *hour * 3600 + *minute * 60 + *second;
}

std::optional<std::int64_t> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  auto year = digits(text.substr(0, 4));
  auto month = digits(text.substr(5, 2));
  auto day = digits(text.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  using namespace std::chrono;
  year_month_day date(std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                      std::chrono::day{static_cast<unsigned>(*day)});
  if (!date.ok()) return std::nullopt;
  return sys_days(date).time_since_epoch().count() * std::int64_t{86400};
}

}  // namespace

Result<int> parse_offset_minutes(std::string_view text) {
  if (iequals(text, "utc") || iequals(text, "z") || iequals(text, "gmt")) return 0;
  if (text.size() < 2 || (text.front() != '+' && text.front() != '-')) return bad_offset(text);
  std::string_view rest = text.substr(1);
  std::string_view hours = rest, minutes = "0";
  if (auto colon = rest.find(':'); colon != std::string_view::npos) {
    hours = rest.substr(0, colon);
    minutes = rest.substr(colon + 1);
    if (minutes.size() != 2) return bad_offset(text);
  } else if (rest.size() == 4) {
    hours = rest.substr(0, 2);
    minutes = rest.substr(2);
  }
  auto h = digits(hours), m = digits(minutes);
  if (hours.size() > 2 || !h || !m || *m > 59 || *h * 60 + *m > kMostMinutes) return bad_offset(text);
  int total = *h * 60 + *m;
  return text.front() == '-' ? -total : total;
}

std::string format_rfc3339(std::int64_t unix_seconds, int offset_minutes) {
  using namespace std::chrono;
  sys_seconds moment{seconds{unix_seconds + offset_minutes * 60}};
  auto day = floor<days>(moment);
  year_month_day date(day);
  hh_mm_ss clock(moment - day);
  char out[64];
  int size = std::snprintf(out, sizeof out, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                           static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                           static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                           static_cast<int>(clock.seconds().count()));
  std::string text(out, static_cast<std::size_t>(size));
  if (offset_minutes == 0) return text + "Z";
  int distance = offset_minutes < 0 ? -offset_minutes : offset_minutes;
  std::snprintf(out, sizeof out, "%c%02d:%02d", offset_minutes < 0 ? '-' : '+', distance / 60, distance % 60);
  return text + out;
}

Result<std::int64_t> parse_rfc3339(std::string_view text, int default_offset_minutes) {
  if (text.size() < 16 || (text[10] != 'T' && text[10] != 't' && text[10] != ' ')) return bad_time(text);
  auto date = parse_date(text.substr(0, 10));
  std::string_view rest = text.substr(11);
  auto zone = rest.find_first_of("Zz+-");
  int offset = default_offset_minutes;
  if (zone != std::string_view::npos) {
    MCP_ASSIGN(offset, parse_offset_minutes(rest.substr(zone)));
    rest = rest.substr(0, zone);
  }
  rest = rest.substr(0, rest.find('.'));  // fractions of a second are dropped
  auto clock = parse_clock(rest);
  if (!date || !clock) return bad_time(text);
  return *date + *clock - offset * std::int64_t{60};
}

}  // namespace mcp::server
