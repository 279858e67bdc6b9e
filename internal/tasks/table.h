#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "internal/base/env.h"
#include "internal/base/error.h"
#include "internal/tasks/record.h"

namespace mcp::tasks {

struct Limits {
  std::size_t tasks = 1'000;
  std::size_t tasks_per_owner = 100;
  std::size_t parked_bytes = 64u << 20;  // results, errors and questions of all tasks together
  std::int64_t default_ttl_ms = 3'600'000;
  std::int64_t max_ttl_ms = 86'400'000;  // a longer wish is shortened (2025-11-25: receivers MAY)
  std::int64_t poll_interval_ms = 1'000;
};

// The tasks of one server, in memory: who owns them, where they stand, what they left behind, until their
// time to live is over. Pure: the clock and the randomness are Env's. Pointers it returns hold until the next
// call that changes it.
class Table {
 public:
  Table(Env& env, Limits limits) : env_(env), limits_(limits) {}

  // A task that is working, under an id that nobody can guess (128 random bits).
  // Errors: kLimit (too many, of all or of this owner).
  Result<const Record*> create(std::string owner, std::optional<std::int64_t> wanted_ttl_ms);

  // nullptr when there is none, it expired, or it is another owner's: a stranger learns nothing.
  const Record* find(std::string_view id, std::string_view owner) const;
  // The same for its keeper, whoever owns it.
  const Record* at(std::string_view id) const;

  // Each is refused with kInvalid when the task is gone or its state allows no such step.
  // Between working and input_required, and to cancelled.
  Result<void> move(std::string_view id, Status to, std::string message = {});
  // To input_required, or more questions there. Also kLimit (no room for them), kExists (a key stands
  // already).
  Result<void> ask(std::string_view id, const std::map<std::string, std::string>& questions);
  // One question less; the last one gone means working again. kNotFound: no such question is open.
  Result<void> answered(std::string_view id, std::string_view key);
  // The end. `to`: kCompleted, or kFailed for a result that is a failure itself (2025-11-25: isError).
  // A result for which there is no room fails the task; that is kLimit.
  Result<void> finish(std::string_view id, Status to, Bytes result, std::string message = {});
  // The end by a JSON-RPC error, raw.
  Result<void> fail(std::string_view id, std::string error, std::string message);

  // An owner's tasks, oldest first, at most `count` of them, that came after the position `after`.
  struct Page {
    std::vector<const Record*> records;
    std::optional<std::uint64_t> next;  // for the page behind; absent at the end
  };
  Page list(std::string_view owner, std::uint64_t after, std::size_t count) const;

  bool forget(std::string_view id);
  std::vector<std::string> of_owner(std::string_view owner) const;
  // Ids whose time is over; they can be found no more, but stay until they are forgotten.
  std::vector<std::string> expired() const;
  // When the next one expires; nullopt when there is none.
  std::optional<std::int64_t> next_expiry_ms() const;

  std::size_t size() const { return entries_.size(); }
  std::size_t parked_bytes() const { return parked_bytes_; }
  const Limits& limits() const { return limits_; }

 private:
  struct Entry {
    std::uint64_t position = 0;
    Record record;
  };
  using Entries = std::map<std::string, Entry, std::less<>>;

  Result<Record*> movable(std::string_view id, Status to);
  bool has_room(std::size_t more) const { return parked_bytes_ + more <= limits_.parked_bytes; }
  void touch(Record& record, Status to, std::string message);
  void drop_questions(Record& record);
  void settle_failure(Record& record, std::string error, std::string message);

  Env& env_;
  Limits limits_;
  Entries entries_;
  std::map<std::uint64_t, std::string> order_;  // position → id
  std::map<std::string, std::size_t, std::less<>> owned_;
  std::uint64_t next_position_ = 1;
  std::size_t parked_bytes_ = 0;
};

}  // namespace mcp::tasks
