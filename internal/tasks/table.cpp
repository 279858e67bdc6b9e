#include "internal/tasks/table.h"

#include <algorithm>
#include <utility>

namespace mcp::tasks {
namespace {

std::size_t size_of(const Record& record) {
  std::size_t size = record.result.size() + record.error.size();
  for (const auto& [key, question] : record.questions) size += key.size() + question.size();
  return size;
}

tl::unexpected<Error> no_room() {
  return fail(ErrorCode::kLimit, "no room is left for what tasks leave behind",
              "fetch results of earlier tasks, or ask for a shorter time to live");
}

}  // namespace

Result<const Record*> Table::create(std::string owner, std::optional<std::int64_t> wanted_ttl_ms) {
  for (const std::string& id : expired()) forget(id);
  auto held = owned_.find(owner);
  bool owner_full = held != owned_.end() && held->second >= limits_.tasks_per_owner;
  if (owner_full || entries_.size() >= limits_.tasks) {
    std::size_t most = owner_full ? limits_.tasks_per_owner : limits_.tasks;
    return mcp::fail(
        ErrorCode::kLimit,
        "too many tasks: " + std::to_string(most) + " are kept" + (owner_full ? " for one client" : ""),
        "tasks are forgotten when their time to live is over; ask for a shorter one");
  }
  Entry entry;
  entry.position = next_position_++;
  Record& record = entry.record;
  record.id = random_id(env_);
  record.owner = std::move(owner);
  record.created_ms = record.updated_ms = env_.wall_clock_ms();
  record.ttl_ms =
      std::clamp<std::int64_t>(wanted_ttl_ms.value_or(limits_.default_ttl_ms), 1, limits_.max_ttl_ms);
  record.poll_interval_ms = limits_.poll_interval_ms;
  order_.emplace(entry.position, record.id);
  ++owned_[record.owner];
  auto [place, fresh] = entries_.emplace(record.id, std::move(entry));
  (void)fresh;
  return &place->second.record;
}

const Record* Table::at(std::string_view id) const {
  auto found = entries_.find(id);
  if (found == entries_.end()) return nullptr;
  const Record& record = found->second.record;
  return record.expires_ms() <= env_.wall_clock_ms() ? nullptr : &record;
}

const Record* Table::find(std::string_view id, std::string_view owner) const {
  const Record* record = at(id);
  return record != nullptr && record->owner == owner ? record : nullptr;
}

Result<Record*> Table::movable(std::string_view id, Status to) {
  if (at(id) == nullptr) return mcp::fail(ErrorCode::kInvalid, "the task is gone");
  Record& record = entries_.find(id)->second.record;
  if (may_follow(record.status, to)) return &record;
  return mcp::fail(ErrorCode::kInvalid, "a task that is " + std::string(to_string(record.status)) +
                                            " cannot become " + std::string(to_string(to)));
}

void Table::touch(Record& record, Status to, std::string message) {
  record.status = to;
  record.message = std::move(message);
  record.updated_ms = env_.wall_clock_ms();
}

void Table::drop_questions(Record& record) {
  parked_bytes_ -= size_of(record);
  record.questions.clear();
  parked_bytes_ += size_of(record);
}

Result<void> Table::move(std::string_view id, Status to, std::string message) {
  MCP_ASSIGN(Record * record, movable(id, to));
  if (to != Status::kInputRequired) drop_questions(*record);
  touch(*record, to, std::move(message));
  return {};
}

Result<void> Table::ask(std::string_view id, const std::map<std::string, std::string>& questions) {
  const Record* known = at(id);
  if (known == nullptr || is_terminal(known->status))
    return mcp::fail(ErrorCode::kInvalid, "the task is over");
  std::size_t more = 0;
  for (const auto& [key, question] : questions) {
    if (known->questions.count(key) != 0)
      return mcp::fail(ErrorCode::kExists, "\"" + key + "\" is asked already");
    more += key.size() + question.size();
  }
  if (!has_room(more)) return no_room();
  Record& record = entries_.find(id)->second.record;
  record.questions.insert(questions.begin(), questions.end());
  parked_bytes_ += more;
  touch(record, Status::kInputRequired, {});
  return {};
}

Result<void> Table::answered(std::string_view id, std::string_view key) {
  const Record* known = at(id);
  if (known == nullptr || is_terminal(known->status))
    return mcp::fail(ErrorCode::kInvalid, "the task is over");
  Record& record = entries_.find(id)->second.record;
  auto question = record.questions.find(std::string(key));
  if (question == record.questions.end())
    return mcp::fail(ErrorCode::kNotFound, "nothing of that key is asked");
  parked_bytes_ -= question->first.size() + question->second.size();
  record.questions.erase(question);
  touch(record, record.questions.empty() ? Status::kWorking : Status::kInputRequired, {});
  return {};
}

Result<void> Table::finish(std::string_view id, Status to, Bytes result, std::string message) {
  MCP_ASSIGN(Record * record, movable(id, to));
  drop_questions(*record);
  if (!has_room(result.size())) {
    settle_failure(*record, R"({"code":-32603,"message":"the result of the task is too large to be kept"})",
                   "the result is too large to be kept");
    return no_room();
  }
  parked_bytes_ += result.size();
  record->result = std::move(result);
  touch(*record, to, std::move(message));
  return {};
}

Result<void> Table::fail(std::string_view id, std::string error, std::string message) {
  MCP_ASSIGN(Record * record, movable(id, Status::kFailed));
  drop_questions(*record);
  settle_failure(*record, std::move(error), std::move(message));
  return {};
}

// An error is kept even when there is no room: it is small, and the task must end as something.
void Table::settle_failure(Record& record, std::string error, std::string message) {
  parked_bytes_ += error.size();
  record.error = std::move(error);
  touch(record, Status::kFailed, std::move(message));
}

Table::Page Table::list(std::string_view owner, std::uint64_t after, std::size_t count) const {
  Page page;
  for (auto entry = order_.upper_bound(after); entry != order_.end(); ++entry) {
    const Record* record = find(entry->second, owner);
    if (record == nullptr) continue;
    if (page.records.size() == count) {
      page.next = entries_.find(page.records.back()->id)->second.position;
      return page;
    }
    page.records.push_back(record);
  }
  return page;
}

bool Table::forget(std::string_view id) {
  auto found = entries_.find(id);
  if (found == entries_.end()) return false;
  const Record& record = found->second.record;
  parked_bytes_ -= size_of(record);
  auto held = owned_.find(record.owner);
  if (--held->second == 0) owned_.erase(held);
  order_.erase(found->second.position);
  entries_.erase(found);
  return true;
}

std::vector<std::string> Table::of_owner(std::string_view owner) const {
  std::vector<std::string> ids;
  for (const auto& [id, entry] : entries_) {
    if (entry.record.owner == owner) ids.push_back(id);
  }
  return ids;
}

std::vector<std::string> Table::expired() const {
  std::vector<std::string> ids;
  for (const auto& [id, entry] : entries_) {
    if (entry.record.expires_ms() <= env_.wall_clock_ms()) ids.push_back(id);
  }
  return ids;
}

std::optional<std::int64_t> Table::next_expiry_ms() const {
  std::optional<std::int64_t> next;
  for (const auto& [id, entry] : entries_) {
    next = std::min(next.value_or(entry.record.expires_ms()), entry.record.expires_ms());
  }
  return next;
}

}  // namespace mcp::tasks
