#include "internal/server/running_call.h"

#include <utility>

#include "internal/json/scan.h"
#include "internal/server/peer.h"

namespace mcp::server {
namespace {

std::string decoded(const Bytes& raw) {
  auto text = json::decode_string(raw.view());
  return text ? std::move(*text) : std::string();
}

}  // namespace

RunningCall::RunningCall(std::shared_ptr<Peer> peer, transport::Envelope request, ClientViewPtr view)
    : peer_(std::move(peer)),
      session_(peer_),
      request_(std::move(request)),
      view_(std::move(view)),
      name_(decoded(request_.message.name)),
      uri_(decoded(request_.message.uri)) {}

const protocol::ClientView& RunningCall::client() const { return view_ ? *view_ : peer_->client(); }

const http::Headers* RunningCall::headers() const {
  return peer_->over_modern_http() ? &request_.headers : nullptr;
}

void RunningCall::notify(std::string_view method, std::string_view params) {
  if (cancelled_ || finished_) return;
  peer_->send_notification(id(), method, params);
}

Task<Outcome> RunningCall::ask(std::string method, Bytes params) {
  if (cancelled_ || finished_) return Peer::refuse(Error{ErrorCode::kCancelled, "the call is over", {}});
  return Peer::put_question(peer_, id(), std::move(method), std::move(params));
}

void RunningCall::last(std::shared_ptr<Lasting> what) {
  if (finished_) return;
  if (cancelled_) return what->cancelled();
  transport::Envelope little;
  little.message.kind = request_.message.kind;
  little.message.id = std::move(request_.message.id);
  little.message.method = std::move(request_.message.method);
  request_ = std::move(little);
  lasting_ = std::move(what);
  peer_->lasts();
}

void RunningCall::conclude(Outcome outcome) {
  if (!finished_) peer_->finish(shared_from_this(), outcome);
}

void RunningCall::ending() {
  if (auto what = lasting_) what->ending();
}

void RunningCall::withdraw_questions() { peer_->withdraw_questions(id()); }

void RunningCall::on_cancel(std::function<void()> fn) {
  if (cancelled_) return fn();
  if (!finished_) on_cancel_.push_back(std::move(fn));
}

void RunningCall::close_stream() {
  if (!cancelled_ && !finished_) peer_->close_stream(id());
}

void RunningCall::cancel() {
  if (cancelled_ || finished_) return;
  cancelled_ = true;
  auto waiting = std::move(on_cancel_);
  on_cancel_.clear();
  for (auto& fn : waiting) fn();
  if (auto what = lasting_) what->cancelled();
}

void RunningCall::finish() {
  finished_ = true;
  on_cancel_.clear();
  lasting_ = nullptr;
}

}  // namespace mcp::server
