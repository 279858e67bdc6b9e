#include "internal/gateway/following.h"

#include <algorithm>
#include <utility>

#include "internal/async/timer.h"
#include "internal/gateway/tasks.h"

namespace mcp::gateway {

using protocol::Outcome;

namespace {

constexpr async::Millis kPatience{
    5'000};                           // with a server that is being started again, and for its first word
constexpr async::Millis kPause{500};  // before a stream that ended is opened again

// Does the server's acknowledgement cover all that was asked for?
bool covers(const jsonrpc::Message& acknowledgement, const std::vector<std::string>& uris) {
  auto agreed = protocol::read_listen(acknowledgement.params.view());
  return agreed && std::all_of(uris.begin(), uris.end(), [&agreed](const std::string& uri) {
           return std::find(agreed->uris.begin(), agreed->uris.end(), uri) != agreed->uris.end();
         });
}

}  // namespace

Following::Following(async::Loop& loop, LinkPtr link, protocol::ListenFilter filter, Hear hear)
    : loop_(loop),
      link_(std::move(link)),
      filter_(std::move(filter)),
      hear_(std::move(hear)),
      use_(link_->hold()),
      first_word_(loop) {}

std::shared_ptr<Following> Following::start(async::Loop& loop, LinkPtr link, protocol::ListenFilter filter,
                                            Hear hear) {
  std::shared_ptr<Following> following(
      new Following(loop, std::move(link), std::move(filter), std::move(hear)));
  loop.spawn(run(following));
  return following;
}

protocol::ListenFilter Following::resources(std::vector<std::string> uris) {
  protocol::ListenFilter filter;
  filter.uris = std::move(uris);
  return filter;
}

bool Following::over() const { return !hear_ || link_->state() == Link::State::kStopped; }

void Following::stop() {
  hear_ = nullptr;
  use_.reset();
  if (auto ticket = std::exchange(ticket_, nullptr)) ticket->cancel("nobody listens any more");
}

client::Request Following::request() {
  client::Request request;
  if (!filter_.task_ids.empty()) request.capabilities = std::string(kTasksOnly);
  request.method = "subscriptions/listen";
  request.params = Bytes::adopt("{\"notifications\":" + protocol::to_json(filter_) + "}");
  request.on_notification = [weak = weak_from_this()](const jsonrpc::Message& message) {
    if (auto self = weak.lock()) self->heard(message);
  };
  return request;
}

void Following::heard(const jsonrpc::Message& message) {
  if (message.method == "notifications/subscriptions/acknowledged") {
    first_word_.set(
        covers(message, filter_.uris)
            ? Outcome::result(std::string("{}"))
            : Outcome::error(jsonrpc::kInvalidParams, "the server does not send updates of this resource"));
    return;
  }
  if (auto hear = hear_) hear(message);  // a copy: it may stop us
}

Task<void> Following::run(std::shared_ptr<Following> self) {
  while (!self->over()) {
    auto waiting = Link::ready(self->link_, kPatience);
    auto peer = co_await std::move(waiting);
    if (self->over()) co_return;
    if (peer) {
      client::Request request = self->request();
      auto listening = (*peer)->request(std::move(request), &self->ticket_);
      Outcome outcome = co_await std::move(listening);
      self->ticket_.reset();
      if (!outcome.ok()) self->first_word_.set(Outcome::error(outcome.error()));
      if (!outcome.ok() && !outcome.cause()) co_return;                    // the server will not have it
      if (!self->filter_.task_ids.empty() && !(*peer)->open()) co_return;  // its tasks went with the server
    }
    if (self->over()) co_return;
    auto pausing = async::sleep_for(self->loop_, kPause);
    co_await std::move(pausing);
  }
}

Task<Outcome> Following::agreed(std::shared_ptr<Following> self) {
  auto slot = self->first_word_;
  auto waiting = slot.get_within(kPatience);
  auto word = co_await std::move(waiting);
  if (word) co_return std::move(*word);
  co_return Outcome::failure(
      Error{ErrorCode::kTimeout, "the server did not acknowledge the subscription", {}});
}

}  // namespace mcp::gateway
