// What a server asks back, towards a client of the other era: a legacy server's requests become
// input_required results, a modern server's input_required becomes requests (2026-07-28 MRTR).
#include "internal/base/env.h"
#include "internal/base/log.h"
#include "internal/client/input_rounds.h"
#include "internal/gateway/view.h"
#include "internal/json/members.h"

namespace mcp::gateway {

using protocol::Era;
using protocol::Outcome;
using server::CallPtr;

namespace {

// A legacy client answers one question of a modern server. Its error is the call's, whatever the cause.
Task<Outcome> ask_client(CallPtr call, jsonrpc::Message question) {
  std::string method = question.method;
  std::string text = legacy_question(method, question.params.view(), "mcp-" + random_id());
  Bytes params = Bytes::adopt(std::move(text));
  auto asking = call->ask(method, params);
  Outcome answer = co_await std::move(asking);
  if (answer.ok()) co_return answer;
  co_return Outcome::error(answer.error());
}

// Of a leased link exactly this client's level. One that names none hears nothing: a server that an earlier
// call made talk is told to be quiet.
std::string level_for(const CallPtr& call, const Link& link) {
  const std::string& wanted = call->client().log_level;
  return wanted.empty() && !link.log_level().empty() ? "emergency" : wanted;
}

}  // namespace

Task<Outcome> View::ask_in_rounds(std::shared_ptr<View> self, CallPtr call, Target target,
                                  client::PeerPtr peer, client::Request request) {
  client::Sender send = [self, call, target, peer](client::Request one) {
    return transmit(self, call, target, peer, std::move(one));
  };
  client::Answerer answer = [call](jsonrpc::Message question) {
    return ask_client(call, std::move(question));
  };
  client::Rounds rounds;
  rounds.side_by_side = &self->loop();
  auto running = client::run_rounds(std::move(send), std::move(request), std::move(answer), rounds);
  Outcome outcome = co_await std::move(running);
  if (!outcome.ok()) call->withdraw_questions();  // those beside the one that failed
  co_return outcome;
}

Task<Outcome> View::converse(std::shared_ptr<View> self, CallPtr call, Target target, LinkPtr link) {
  target.link = link;
  auto gateway = self->gateway_.lock();
  if (!gateway) co_return Outcome::error(jsonrpc::kInternalError, "the gateway is stopping");
  Conversation::Done done = [weak = self->gateway_, upstream = target.upstream](LinkPtr back, bool clean) {
    if (auto owner = weak.lock()) return owner->take_back(upstream, back, clean);
    back->stop();
  };
  auto conversation =
      std::make_shared<Conversation>(self->loop(), link, compose(call, target), std::move(done));
  gateway->lend(link, conversation);
  conversation->attach(call);
  link->start();
  auto waiting = Link::ready(link, target.upstream->entry().start_timeout);
  auto peer = co_await std::move(waiting);
  if (!peer) {
    conversation->abandon(peer.error());
    co_return self->bridged(call, *link, Outcome::failure(peer.error()));
  }
  auto going_on = round(self, call, std::move(conversation));
  Outcome outcome = co_await std::move(going_on);
  co_return outcome;
}

Task<Outcome> View::round(std::shared_ptr<View> self, CallPtr call, ConversationPtr conversation) {
  conversation->attach(call);
  LinkPtr link = conversation->link();
  call->note().meter = link->meter();
  auto telling = Link::settle_log_level(link, level_for(call, *link));
  co_await std::move(telling);
  for (;;) {
    auto turning = Conversation::turn(conversation);
    auto outcome = co_await std::move(turning);
    if (outcome) co_return self->bridged(call, *link, std::move(*outcome));
    conversation->refuse_unanswerable(call->client().capabilities);
    if (!conversation->questions().empty()) co_return self->wait_for_answers(call, conversation);
  }
}

Outcome View::wait_for_answers(const CallPtr& call, const ConversationPtr& conversation) const {
  auto gateway = gateway_.lock();
  if (!gateway) return Outcome::error(jsonrpc::kInternalError, "the gateway is stopping");
  auto questions = conversation->questions();
  conversation->detach();
  auto state = gateway->continuations().keep(conversation, binding_of(call));
  if (!state) {
    bool full = gateway->continuations().size() >= gateway->options().continuations.total;
    gateway->account()->refused(full ? "max_continuations" : "max_continuations_per_principal");
    conversation->abandon(state.error());
    return Outcome::error(state.error());
  }
  log::debug("a call waits for its client's answers",
             {{"server", conversation->link()->entry().name}, {"questions", questions.size()}});
  return Outcome::result(input_required(questions, *state));
}

Binding View::binding_of(const CallPtr& call) const {
  return {call->session()->principal(), merged_ ? std::string() : (*roster_.begin())->name(),
          request_digest(call->message())};
}

tl::expected<ConversationPtr, Outcome> View::returning(const CallPtr& call) const {
  bool retries =
      call->client().era() == Era::kModern && !json::member_of(call->params().view(), "requestState").empty();
  auto gateway = gateway_.lock();
  if (!retries || !gateway) return nullptr;
  auto retry = read_retry(call->params());
  if (!retry) return tl::unexpected<Outcome>(Outcome::error(retry.error()));
  auto waiting = gateway->continuations().take(*retry->state, binding_of(call));
  if (!waiting && waiting.error().code == ErrorCode::kDenied) return nullptr;
  if (!waiting) return tl::unexpected<Outcome>(Outcome::error(bad_state(waiting.error().message)));
  auto conversation = std::static_pointer_cast<Conversation>(std::move(*waiting));
  for (auto& [key, response] : retry->responses) conversation->answer(key, std::move(response));
  return conversation;
}

std::optional<Outcome> View::foreign_state(const CallPtr& call, const Link& link) const {
  bool legacy = link.known() && link.view().era() == Era::kLegacy;
  bool presents = call->client().era() == Era::kModern && call->method() != "completion/complete" &&
                  !json::member_of(call->params().view(), "requestState").empty();
  if (!legacy || !presents) return std::nullopt;
  return Outcome::error(
      bad_state("requestState is not ours, was changed, or belongs to another request or client"));
}

}  // namespace mcp::gateway
