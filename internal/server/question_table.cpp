#include "internal/server/question_table.h"

namespace mcp::server {

using protocol::Outcome;

Result<QuestionTable::Open> QuestionTable::add(std::optional<jsonrpc::Id> related) {
  if (open_.size() >= max_) {
    return fail(ErrorCode::kLimit,
                "the client has " + std::to_string(max_) + " unanswered questions already");
  }
  Open open{jsonrpc::Id::number(next_++), async::Slot<Outcome>(loop_)};
  open_.emplace(open.id, Entry{std::move(related), open.answer});
  return open;
}

bool QuestionTable::settle(const jsonrpc::Message& response) {
  if (!response.id) return false;
  auto found = open_.find(*response.id);
  if (found == open_.end()) return false;
  auto answer = found->second.answer;
  open_.erase(found);
  if (response.kind == jsonrpc::Kind::kResult) {
    answer.set(Outcome::result(response.result));
    return true;
  }
  auto error = jsonrpc::parse_rpc_error(response.error.view());
  if (error) {
    answer.set(Outcome::error(std::move(*error)));
  } else {
    answer.set(Outcome::failure(std::move(error.error()).wrap("the client's error answer")));
  }
  return true;
}

std::vector<jsonrpc::Id> QuestionTable::cancel(const jsonrpc::Id& related) {
  std::vector<jsonrpc::Id> ended;
  for (auto entry = open_.begin(); entry != open_.end();) {
    if (entry->second.related != related) {
      ++entry;
      continue;
    }
    entry->second.answer.set(Outcome::failure(Error{ErrorCode::kCancelled, "the call was cancelled", {}}));
    ended.push_back(entry->first);
    entry = open_.erase(entry);
  }
  return ended;
}

void QuestionTable::fail_all(const Error& why) {
  auto open = std::move(open_);
  open_.clear();
  for (auto& [id, entry] : open) entry.answer.set(Outcome::failure(why));
}

}  // namespace mcp::server
