#include "internal/gateway/conversation.h"

#include <utility>

#include "internal/gateway/progress.h"
#include "internal/json/members.h"
#include "internal/server/log_level.h"

namespace mcp::gateway {

using protocol::Outcome;

namespace {

// Questions that come together are put together.
constexpr async::Millis kGather{10};
constexpr std::size_t kMaxOpen = 32;    // unanswered questions of one call
constexpr std::size_t kMaxAsked = 256;  // questions of one call in all
constexpr int kMaxVisits = 8;           // times that -32042 sends the client away and the request again

Outcome too_many(std::size_t limit) {
  return Outcome::error(Error{ErrorCode::kLimit,
                              "one call may ask at most " + std::to_string(limit) + " questions",
                              "answer the call instead"});
}

Outcome over() { return Outcome::error(Error{ErrorCode::kCancelled, "the call is over", {}}); }

}  // namespace

Conversation::Conversation(async::Loop& loop, LinkPtr link, client::Request request, Done done)
    : loop_(loop),
      link_(std::move(link)),
      request_(std::move(request)),
      done_(std::move(done)),
      patience_(std::exchange(request_.timeout, async::Millis{0})),
      longest_(std::exchange(request_.longest, async::Millis{0})),
      gather_(loop),
      wake_(loop) {}

Conversation::~Conversation() { finish(false); }

void Conversation::attach(server::CallPtr call) {
  call_ = std::move(call);
  round_began_ = last_sign_ = std::chrono::steady_clock::now();
  std::weak_ptr<Conversation> weak = weak_from_this();
  call_->on_cancel([weak, round = call_.get()] {
    auto self = weak.lock();
    if (self && self->call_.get() == round) {
      self->abandon(Error{ErrorCode::kCancelled, "the client cancelled", {}});
    }
  });
}

void Conversation::send() {
  auto peer = link_->peer();
  if (!peer) {
    return settle(Outcome::failure(Error{ErrorCode::kUnavailable, "the server is gone", {}}));
  }
  client::Request request = request_;
  std::weak_ptr<Conversation> weak = weak_from_this();
  request.on_notification = [weak](const jsonrpc::Message& message) {
    if (auto self = weak.lock()) self->heard(message);
  };
  // Whose token a report carries is decided by the round that it comes in; the first one's asks for any.
  if (request.on_progress) {
    request.on_progress = [weak](const jsonrpc::Message& report) {
      if (auto self = weak.lock()) self->reported(report);
    };
  }
  ++sent_;
  ticket_ = peer->start(std::move(request), [weak](Outcome outcome) {
    if (auto self = weak.lock()) self->settle(std::move(outcome));
  });
}

std::optional<async::Millis> Conversation::time_left() const {
  if (patience_.count() == 0) return std::nullopt;
  auto until = std::min(last_sign_ + patience_, round_began_ + std::max(longest_, patience_));
  return std::chrono::duration_cast<async::Millis>(until - std::chrono::steady_clock::now());
}

void Conversation::reported(const jsonrpc::Message& report) {
  if (longest_ > patience_) last_sign_ = std::chrono::steady_clock::now();
  if (call_) report_progress(*call_, report);
}

void Conversation::settle(Outcome outcome) {
  if (outcome_) return;
  ticket_.reset();
  bool lost = outcome.cause().has_value();
  outcome_ = std::move(outcome);
  // The client may come back late; the link is not brought back for it.
  if (lost) finish(false);
  wake();
}

Task<std::optional<Outcome>> Conversation::turn(std::shared_ptr<Conversation> self) {
  for (;;) {
    if (self->outcome_ && !self->asks_to_visit(*self->outcome_)) {
      self->finish(self->open_.empty() && !self->private_ && !self->outcome_->cause());
      co_return self->outcome_;
    }
    if (!self->ticket_ && self->open_.empty()) self->send();
    if (!self->open_.empty() && !self->gather_.armed()) co_return std::nullopt;
    if (self->outcome_) continue;
    self->wake_ = async::Slot<bool>(self->loop_);
    auto left = self->time_left();
    if (!left) {
      (void)co_await self->wake_.get();
      continue;
    }
    auto waiting = self->wake_.get_within(*left);
    auto woken = co_await std::move(waiting);
    // Progress came meanwhile.
    if (woken || self->time_left()->count() > 0) continue;
    self->abandon(
        Error{ErrorCode::kTimeout,
              self->request_.method + ": no answer within " + std::to_string(self->patience_.count()) + " ms",
              {}});
  }
}

// -32042 is no answer but a way to ask (2025-11-25 elicitation): modern clients are asked as they know it,
// and the request goes out again when they have been there.
bool Conversation::asks_to_visit(const Outcome& outcome) {
  if (outcome.ok() || outcome.cause() || !call_ || sent_ > kMaxVisits) return false;
  if (!call_->client().capabilities.elicitation_url) return false;
  auto visits = url_questions(outcome.error());
  if (visits.empty()) return false;
  outcome_.reset();
  for (Question& visit : visits) add(std::move(visit), std::nullopt);
  gather_.cancel();
  return true;
}

std::vector<Question> Conversation::questions() const {
  std::vector<Question> all;
  for (const auto& [key, open] : open_) all.push_back(open.question);
  return all;
}

void Conversation::refuse_unanswerable(const protocol::ClientCapabilities& client) {
  for (auto entry = open_.begin(); entry != open_.end();) {
    const Question& question = entry->second.question;
    auto refusal = cannot_answer(client, question.method, question.params);
    if (!refusal) {
      ++entry;
      continue;
    }
    Open refused = std::move(entry->second);
    entry = open_.erase(entry);
    if (refused.answer) {
      refused.answer->set(Outcome::error(std::move(*refusal)));
    } else {
      settle(Outcome::error(std::move(*refusal)));
    }
  }
}

void Conversation::answer(const std::string& key, Bytes result) {
  auto found = open_.find(key);
  if (found == open_.end()) return;
  Open answered = std::move(found->second);
  open_.erase(found);
  if (!answered.answer) return visited(key, result);
  answered.answer->set(Outcome::result(std::move(result)));
}

void Conversation::visited(const std::string& key, const Bytes& result) {
  (void)key;
  if (json::member_of(result.view(), "action") == "\"accept\"") return;
  settle(Outcome::error(jsonrpc::kInternalError,
                        "the user did not agree to visit what the server requires (URL elicitation)"));
}

Task<Outcome> Conversation::asked(std::shared_ptr<Conversation> self, jsonrpc::Message question) {
  if (!self->done_ || self->outcome_) co_return over();
  if (self->open_.size() >= kMaxOpen) co_return too_many(kMaxOpen);
  if (self->asked_ >= kMaxAsked) co_return too_many(kMaxAsked);
  self->private_ = self->private_ || question.method == "roots/list";
  async::Slot<Outcome> slot(self->loop_);
  self->add({{}, question.method, modern_question(question.method, question.params.view())}, slot);
  self.reset();  // the end of the conversation sets the slot
  Outcome answer = co_await slot.get();
  co_return answer;
}

void Conversation::add(Question question, std::optional<async::Slot<Outcome>> answer) {
  question.key = "q" + std::to_string(++asked_);
  std::string key = question.key;
  open_.emplace(std::move(key), Open{std::move(question), std::move(answer)});
  std::weak_ptr<Conversation> weak = weak_from_this();
  gather_.start(kGather, [weak] {
    if (auto self = weak.lock()) self->wake();
  });
}

void Conversation::heard(const jsonrpc::Message& notification) {
  if (!call_ || notification.method != "notifications/message") return;
  auto level = json::decode_string(json::member_of(notification.params.view(), "level"));
  if (!level || !server::wants_log(call_->client(), *level)) return;
  call_->notify(notification.method, notification.params.view());
}

void Conversation::abandon(Error why) {
  if (!done_) return;
  auto self = shared_from_this();
  auto ticket = std::exchange(ticket_, nullptr);
  std::string reason = why.message;
  outcome_ = Outcome::failure(std::move(why));
  if (ticket) ticket->cancel(std::move(reason));
  finish(false);
  wake();
}

void Conversation::expired() {
  abandon(Error{ErrorCode::kTimeout, "the client did not come back with its answers in time", {}});
}

void Conversation::wake() { wake_.set(true); }

void Conversation::finish(bool clean) {
  auto done = std::exchange(done_, nullptr);
  if (!done) return;
  gather_.cancel();
  for (auto& [key, open] : std::exchange(open_, {})) {
    if (open.answer) open.answer->set(over());
  }
  done(link_, clean);
}

}  // namespace mcp::gateway
