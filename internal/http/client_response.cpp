#include "internal/http/client_response.h"

#include "internal/base/strings.h"
#include "internal/http/scheme_hint.h"

namespace mcp::http {
namespace {

constexpr int kMaxInterim = 16;
constexpr std::size_t kMaxHeaders = 200;

ParserLimits parser_limits(const ClientLimits& limits) { return {limits.max_header_bytes, kMaxHeaders, 0}; }

Task<Result<Bytes>> read_some_of(std::shared_ptr<ResponseBody> body) {
  auto part = co_await body->read_some();
  co_return part;
}

Task<Result<Bytes>> read_all_of(std::shared_ptr<ResponseBody> body, std::size_t max_bytes) {
  auto whole = co_await body->read_all(max_bytes);
  co_return whole;
}

bool is_event_stream(const Headers& headers) {
  std::string_view type = headers.get("Content-Type");
  return iequals(trim(type.substr(0, type.find(';'))), "text/event-stream");
}

class PooledResponse final : public ClientResponse {
 public:
  explicit PooledResponse(std::shared_ptr<ResponseBody> body) : body_(std::move(body)) {}
  ~PooledResponse() override { body_->abort(); }

  int status() const override { return body_->status(); }
  const Headers& headers() const override { return body_->headers(); }
  Task<Result<Bytes>> read_some() override { return read_some_of(body_); }
  Task<Result<Bytes>> read_all(std::size_t max_bytes) override { return read_all_of(body_, max_bytes); }
  std::optional<Bytes> take_whole(std::size_t max_bytes) override { return body_->take_whole(max_bytes); }
  void abort() override { body_->abort(); }

 private:
  std::shared_ptr<ResponseBody> body_;
};

}  // namespace

ClientResponsePtr make_response(std::shared_ptr<ResponseBody> body) {
  return std::make_shared<PooledResponse>(std::move(body));
}

ResponseBody::ResponseBody(std::shared_ptr<ClientCore> core, WirePtr wire, bool answers_head,
                           async::Millis header_deadline)
    : core_(std::move(core)),
      wire_(std::move(wire)),
      answers_head_(answers_head),
      header_deadline_(header_deadline) {
  parser_.emplace(parser_limits(core_->limits), answers_head_);
}

Task<Result<void>> ResponseBody::read_head() {
  WirePtr wire = wire_;
  if (header_deadline_.count() > 0) wire->set_deadline(header_deadline_);
  while (parser_->state() == ParseState::kHead) {
    auto more = co_await wire->fill();
    MCP_CO_CHECK(more);
    if (!*more) co_return fail(cut_short());
    if (!std::exchange(begun_, true)) tls_ = is_tls_record(wire->input().view());
    auto taken = take_in();
    MCP_CO_CHECK(taken);
  }
  wire->clear_deadline();
  may_be_silent_ = is_event_stream(parser_->headers());
  if (parser_->state() == ParseState::kDone) let_go();
  co_return Result<void>();
}

Task<Result<Bytes>> ResponseBody::read_some() {
  for (;;) {
    if (aborted_) co_return fail(ErrorCode::kCancelled, "the response was aborted");
    std::string part = parser_->take_body();
    if (!part.empty()) co_return Bytes::adopt(std::move(part));
    if (!wire_) co_return Bytes();
    if (parser_->state() == ParseState::kFailed) co_return fail(cut_short());
    WirePtr wire = wire_;
    if (!may_be_silent_) wire->set_deadline(core_->limits.body_idle);
    auto more = co_await wire->fill();
    if (!more && more.error().code == ErrorCode::kTimeout) co_return fail(stalled());
    MCP_CO_CHECK(more);
    wire->clear_deadline();
    if (!*more) parser_->finish();
    if (!*more && parser_->state() == ParseState::kFailed) co_return fail(cut_short());
    auto taken = take_in();
    MCP_CO_CHECK(taken);
    if (parser_->state() == ParseState::kDone) let_go();
  }
}

Task<Result<Bytes>> ResponseBody::read_all(std::size_t max_bytes) {
  Bytes first;
  std::string whole;
  for (;;) {
    auto part = co_await read_some();
    MCP_CO_CHECK(part);
    if (part->empty()) break;
    if (first.size() + whole.size() + part->size() > max_bytes) {
      abort();
      co_return fail(ErrorCode::kLimit,
                     "the response is larger than " + std::to_string(max_bytes) + " bytes");
    }
    if (first.empty() && whole.empty() && !wire_) {
      first = std::move(*part);  // the usual case: one part, not copied
    } else {
      whole.append(part->view());
    }
  }
  co_return whole.empty() ? first : Bytes::adopt(std::move(whole));
}

std::optional<Bytes> ResponseBody::take_whole(std::size_t max_bytes) {
  if (wire_ || aborted_ || parser_->state() != ParseState::kDone || parser_->body_size() > max_bytes)
    return std::nullopt;
  return Bytes::adopt(parser_->take_body());
}

void ResponseBody::abort() {
  if (!wire_ || aborted_) return;
  aborted_ = true;
  wire_->close(ErrorCode::kCancelled);
}

// Parses what was read.
Result<void> ResponseBody::take_in() {
  ReadBuffer& input = wire_->input();
  do {
    input.consume(parser_->feed(input.view()));
    // The head is one step, its body the next.
    if (parser_->state() == ParseState::kBody) input.consume(parser_->feed(input.view()));
  } while (skip_interim());
  if (parser_->state() != ParseState::kFailed) return {};
  wire_->close(ErrorCode::kMalformed);
  ErrorCode code = parser_->failure().status == 431 ? ErrorCode::kLimit : ErrorCode::kMalformed;
  return fail(code, "malformed HTTP response: " + parser_->failure().what);
}

// RFC 9110 §15.2: any number of 1xx responses may come before the final one; we asked for none.
bool ResponseBody::skip_interim() {
  if (parser_->state() != ParseState::kDone || parser_->status() / 100 != 1 || parser_->status() == 101)
    return false;
  if (++interim_ > kMaxInterim) return false;
  parser_.emplace(parser_limits(core_->limits), answers_head_);
  return true;
}

void ResponseBody::let_go() {
  WirePtr wire = std::move(wire_);
  wire_ = nullptr;
  if (!reusable_ || !parser_->keep_alive() || !wire->input().empty()) return;
  wire->used = true;
  wire->clear_deadline();
  wire->input().shrink(0);
  WirePtr kept = wire;
  if (core_->pool.put_back(std::move(kept))) wire->set_deadline(core_->limits.idle_deadline);
}

Error ResponseBody::stalled() const {
  return Error{ErrorCode::kTimeout,
               "the response stopped in the middle: nothing came for " +
                   std::to_string(core_->limits.body_idle.count()) + " ms",
               {}};
}

Error ResponseBody::cut_short() const {
  std::string where = begun_ ? "in the middle of the response" : "before a response came";
  return Error{ErrorCode::kUnavailable, "the connection was closed " + where, {}};
}

}  // namespace mcp::http
