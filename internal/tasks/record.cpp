#include "internal/tasks/record.h"

#include <array>
#include <chrono>
#include <cstdio>

#include "internal/base/strings.h"

namespace mcp::tasks {
namespace {

// What both eras call by the same names.
std::string common_members(const Record& record) {
  std::string out = "\"taskId\":" + json_quote(record.id);
  out.append(",\"status\":").append(json_quote(to_string(record.status)));
  if (!record.message.empty()) out.append(",\"statusMessage\":").append(json_quote(record.message));
  out.append(",\"createdAt\":").append(json_quote(iso8601(record.created_ms)));
  return out.append(",\"lastUpdatedAt\":").append(json_quote(iso8601(record.updated_ms)));
}

std::string durations(const Record& record, std::string_view ttl, std::string_view poll_interval) {
  std::string out = ",";
  out.append(json_quote(ttl)).append(":").append(std::to_string(record.ttl_ms));
  if (record.poll_interval_ms <= 0) return out;
  out.append(",").append(json_quote(poll_interval));
  return out.append(":").append(std::to_string(record.poll_interval_ms));
}

std::string question_object(const Record& record) {
  std::string out;
  for (const auto& [key, question] : record.questions) {
    out.append(out.empty() ? "" : ",").append(json_quote(key)).append(":").append(question);
  }
  return "{" + out + "}";
}

}  // namespace

std::string core_task(const Record& record) {
  return "{" + common_members(record) + durations(record, "ttl", "pollInterval") + "}";
}

std::string task_members(const Record& record) {
  return common_members(record) + durations(record, "ttlMs", "pollIntervalMs");
}

std::string create_result(const Record& record) {
  return R"({"resultType":"task",)" + task_members(record) + "}";
}

std::string detailed_task(const Record& record) {
  std::string out = "{" + task_members(record);
  switch (record.status) {
    case Status::kInputRequired: out.append(",\"inputRequests\":").append(question_object(record)); break;
    case Status::kCompleted:
      out.append(",\"result\":").append(record.result.empty() ? "{}" : record.result.view());
      break;
    case Status::kFailed: out.append(",\"error\":").append(record.error); break;
    case Status::kWorking:
    case Status::kCancelled: break;
  }
  return out + "}";
}

std::string iso8601(std::int64_t ms) {
  using std::chrono::floor;
  std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(ms)};
  auto day = floor<std::chrono::days>(time);
  std::chrono::year_month_day date(day);
  std::chrono::hh_mm_ss<std::chrono::milliseconds> clock(time - day);
  std::array<char, 64> text{};
  int length = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace mcp::tasks
