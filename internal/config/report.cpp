#include "internal/config/report.h"

#include "internal/base/printable.h"

namespace mcp::config {
namespace {

Error located(const Origin& where, std::string message, std::string hint) {
  return {ErrorCode::kConfig, where.to_string() + ": " + std::move(message), std::move(hint)};
}

// Mistakes quote their file, which may be a stranger's: nothing of it may reach a terminal as it is.
void append(std::vector<Error>& list, Error error) {
  error.message = printable(error.message);
  error.hint = printable(error.hint);
  if (list.size() < Report::kMaxEach) list.push_back(std::move(error));
  if (list.size() == Report::kMaxEach)
    list.back() = {ErrorCode::kConfig, "too many mistakes: the rest is not listed", ""};
}

}  // namespace

void Report::error(const Origin& where, std::string message, std::string hint) {
  add(located(where, std::move(message), std::move(hint)));
}

void Report::warn(const Origin& where, std::string message, std::string hint) {
  warn(located(where, std::move(message), std::move(hint)));
}

void Report::add(Error error) { append(errors_, std::move(error)); }

void Report::warn(Error warning) { append(warnings_, std::move(warning)); }

Error Report::first() const {
  Error error = errors_.front();
  if (errors_.size() == 1) return error;
  std::string more = "and " + std::to_string(errors_.size() - 1) + " more: mcp config check lists them";
  error.hint = error.hint.empty() ? more : error.hint + "; " + more;
  return error;
}

}  // namespace mcp::config
