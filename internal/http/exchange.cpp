#include "internal/http/exchange.h"

#include "internal/http/connection.h"

namespace mcp::http {

ConnectionExchange::~ConnectionExchange() {
  if (connection_) connection_->abandoned(request_.head);
}

void ConnectionExchange::respond(Response response) {
  if (state_ != State::kOpen) return;
  state_ = State::kAnswered;
  if (connection_ && !disconnected_) connection_->respond(std::move(response));
}

void ConnectionExchange::open_stream(int status, Headers headers) {
  if (state_ != State::kOpen) return;
  state_ = State::kStream;
  request_ = Request();
  if (connection_ && !disconnected_) connection_->open_stream(status, headers);
}

Result<void> ConnectionExchange::write(Rope chunk) {
  if (state_ != State::kStream) return fail(ErrorCode::kInternal, "no stream is open");
  if (disconnected_) return fail(ErrorCode::kUnavailable, "the client is gone");
  // A complete answer to HEAD: what would be its body is dropped.
  if (!connection_) return {};
  return connection_->write_chunk(chunk);
}

std::size_t ConnectionExchange::unsent() const { return connection_ ? connection_->unsent() : 0; }

void ConnectionExchange::end() {
  if (state_ != State::kStream) return;
  state_ = State::kAnswered;
  if (connection_ && !disconnected_) connection_->end_stream();
}

void ConnectionExchange::on_disconnect(std::function<void()> fn) {
  if (complete_) return;
  if (!disconnected_ || connection_) {
    on_disconnect_ = std::move(fn);
  } else {
    fn();
  }
}

void ConnectionExchange::completed() {
  connection_ = nullptr;
  complete_ = true;
  auto unused = std::move(on_disconnect_);
  on_disconnect_ = nullptr;
}

void ConnectionExchange::gone() {
  connection_ = nullptr;
  disconnected_ = true;
  auto call = std::move(on_disconnect_);
  on_disconnect_ = nullptr;
  if (call) call();
}

}  // namespace mcp::http
