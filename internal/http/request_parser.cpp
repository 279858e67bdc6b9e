#include "internal/http/request_parser.h"

#include <algorithm>

#include <boost/beast/http/basic_parser.hpp>

#include "internal/base/bytes.h"
#include "internal/base/strings.h"
#include "internal/http/head_scanner.h"
#include "internal/http/target.h"

namespace mcp::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;
using Field = beast::http::field;
using Text = beast::string_view;

// A chunk's size line with its extensions, or the trailer section.
constexpr std::size_t kMaxChunkLine = 8 << 10;
// No chunk header needs fewer bytes than "0\r\n\r\n". Beast 1.81 asserts on fewer behind a final chunk's size
// line.
constexpr std::size_t kMinChunkHeader = 5;
constexpr std::size_t kMaxReserve = 64 << 10;
constexpr std::size_t kUsualFields = 12;

std::string_view view(Text text) { return {text.data(), text.size()}; }

std::string_view describe(HeadScanner::Found found) {
  switch (found) {
    case HeadScanner::Found::kBareLf: return "line without CRLF in the head";
    case HeadScanner::Found::kFold: return "folded header field";
    case HeadScanner::Found::kEmptyLine: return "empty line before the start line";
    case HeadScanner::Found::kTooLong: return "the head is too long";
    case HeadScanner::Found::kTooMany: return "too many header fields";
    default: return "";
  }
}

std::string_view limit_of(HeadScanner::Found found) {
  if (found == HeadScanner::Found::kTooLong) return "max_header";
  return found == HeadScanner::Found::kTooMany ? "max_headers" : "";
}

// What requests and responses share: Beast's callbacks write into plain members.
template <bool kIsRequest>
class Parser final : public beast::http::basic_parser<kIsRequest> {
 public:
  Parser(ParserLimits limits, bool answers_head)
      : limits_(limits), scanner_(limits.max_header_bytes, limits.max_headers) {
    this->eager(false);
    this->header_limit(static_cast<std::uint32_t>(limits.max_header_bytes) + 1);
    this->body_limit(boost::none);
    if (answers_head) this->skip(true);
  }

  std::size_t feed(std::string_view input);
  void finish();
  void fail(int status, std::string_view what, std::string_view limit = {}) {
    failure_ = ParseFailure{status, std::string(what), limit};
    state_ = ParseState::kFailed;
  }

  ParseState state_ = ParseState::kHead;
  ParseFailure failure_;
  std::string method_, target_, body_;
  Headers headers_;
  int version_ = 11;
  int status_ = 0;
  bool discard_ = false;

 private:
  std::size_t feed_head(std::string_view input);
  std::size_t feed_body(std::string_view input);
  void check_head();
  bool in_chunk_header() const { return this->chunked() && chunk_left_ == 0; }
  void append(Text part, error_code& ec);

  void on_request_impl(beast::http::verb, Text method, Text target, int version, error_code&) override {
    method_ = view(method);
    target_ = view(target);
    version_ = version;
    headers_.reserve(kUsualFields, scanner_.size());
  }
  void on_response_impl(int code, Text, int version, error_code&) override {
    status_ = code;
    version_ = version;
    headers_.reserve(kUsualFields, scanner_.size());
  }
  void on_field_impl(Field name, Text name_text, Text value, error_code& ec) override;
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    if (!discard_) body_.reserve(std::min<std::size_t>(length.value_or(0), kMaxReserve) + Bytes::kPadding);
  }
  std::size_t on_body_impl(Text part, error_code& ec) override {
    append(part, ec);
    return part.size();
  }
  void on_chunk_header_impl(std::uint64_t size, Text, error_code& ec) override {
    if (kIsRequest && size > limits_.max_body_bytes - std::min(total_, limits_.max_body_bytes)) {
      ec = beast::http::error::body_limit;
    }
    chunk_left_ = size;
  }
  std::size_t on_chunk_body_impl(std::uint64_t, Text part, error_code& ec) override {
    append(part, ec);
    chunk_left_ -= part.size();
    return part.size();
  }
  void on_finish_impl(error_code&) override { state_ = ParseState::kDone; }

  ParserLimits limits_;
  HeadScanner scanner_;
  std::size_t total_ = 0;
  std::uint64_t chunk_left_ = 0;
  int hosts_ = 0;
  int lengths_ = 0;
  const char* refused_ = nullptr;  // text of our own refusal inside a callback
};

template <bool kIsRequest>
void Parser<kIsRequest>::append(Text part, error_code& ec) {
  total_ += part.size();
  if (kIsRequest && total_ > limits_.max_body_bytes) {
    ec = beast::http::error::body_limit;
    return;
  }
  if (!discard_) body_.append(part.data(), part.size());
}

template <bool kIsRequest>
void Parser<kIsRequest>::on_field_impl(Field name, Text name_text, Text value, error_code& ec) {
  if (state_ != ParseState::kHead) return;  // a trailer (RFC 9110 §6.5.1: may be discarded)
  auto refuse = [&](const char* what) {
    refused_ = what;
    ec = beast::http::error::bad_value;
  };
  if (name == Field::content_length) {
    if (++lengths_ > 1 || value.find(',') != Text::npos) return refuse("more than one Content-Length");
  } else if (name == Field::transfer_encoding) {
    if (!iequals(view(value), "chunked")) return refuse("Transfer-Encoding other than chunked");
    if (version_ < 11) return refuse("Transfer-Encoding in HTTP/1.0");
  } else if (name == Field::host && kIsRequest) {
    if (++hosts_ > 1) return refuse("more than one Host");
    if (!is_valid_host(view(value))) return refuse("malformed Host");
  }
  headers_.add(view(name_text), view(value));
}

template <bool kIsRequest>
void Parser<kIsRequest>::check_head() {
  if (kIsRequest && hosts_ == 0) return fail(400, "no Host");
  if (state_ == ParseState::kHead) state_ = ParseState::kBody;
}

template <bool kIsRequest>
std::size_t Parser<kIsRequest>::feed_head(std::string_view input) {
  auto found = scanner_.scan(input);
  if (found == HeadScanner::Found::kNeedMore) return 0;
  if (found != HeadScanner::Found::kEnd) {
    auto limit = limit_of(found);
    fail(limit.empty() ? 400 : 431, describe(found), limit);
    return 0;
  }
  error_code ec;
  std::size_t used = this->put(boost::asio::const_buffer(input.data(), scanner_.size()), ec);
  if (ec) {
    fail(400, refused_ ? std::string(refused_) : "malformed head: " + ec.message());
  } else if (used != scanner_.size() || !this->is_header_done()) {
    fail(400, "malformed head");
  } else {
    check_head();
  }
  return used;
}

template <bool kIsRequest>
std::size_t Parser<kIsRequest>::feed_body(std::string_view input) {
  std::size_t used = 0;
  while (used < input.size() && state_ == ParseState::kBody) {
    std::string_view rest = input.substr(used);
    bool line = in_chunk_header();
    if (line && rest.size() < kMinChunkHeader) break;
    error_code ec;
    std::size_t taken = this->put(boost::asio::const_buffer(rest.data(), rest.size()), ec);
    used += taken;
    // The same limit whether it comes in pieces or whole.
    if (line && (ec == beast::http::error::need_more ? input.size() - used >= kMaxChunkLine
                                                     : taken > kMaxChunkLine)) {
      fail(400, "chunk header too long");
      break;
    }
    if (ec == beast::http::error::need_more) break;
    if (ec == beast::http::error::body_limit) {
      fail(413, "the body is too large", "max_body");
    } else if (ec) {
      fail(400, "malformed body: " + ec.message());
    }
  }
  return used;
}

template <bool kIsRequest>
std::size_t Parser<kIsRequest>::feed(std::string_view input) {
  if (state_ == ParseState::kHead) return feed_head(input);
  if (state_ == ParseState::kBody) return feed_body(input);
  return 0;
}

template <bool kIsRequest>
void Parser<kIsRequest>::finish() {
  if (state_ == ParseState::kDone || state_ == ParseState::kFailed) return;
  error_code ec;
  if (this->got_some()) {
    this->put_eof(ec);
  } else {
    ec = beast::http::error::partial_message;
  }
  if (ec) fail(400, "the connection was closed in the middle of a message");
}

}  // namespace

struct RequestParser::Impl {
  explicit Impl(ParserLimits limits) { parser.emplace(limits, false); }
  std::optional<Parser<true>> parser;
  RequestHead head;
};

RequestParser::RequestParser(ParserLimits limits) : limits_(limits) {}
RequestParser::~RequestParser() = default;
RequestParser::RequestParser(RequestParser&&) noexcept = default;

std::size_t RequestParser::feed(std::string_view input) {
  if (!impl_) impl_ = std::make_unique<Impl>(limits_);
  auto& parser = *impl_->parser;
  bool was_head = parser.state_ == ParseState::kHead;
  std::size_t used = parser.feed(input);
  if (!was_head || !parser.is_header_done()) return used;

  RequestHead& head = impl_->head;
  head.method = std::move(parser.method_);
  head.target = std::move(parser.target_);
  head.headers = std::move(parser.headers_);
  if (parser.state_ == ParseState::kFailed) return used;
  auto target = parse_target(head.target);
  if (!target) {
    parser.fail(400, target.error().message);
    return used;
  }
  head.path = std::move(target->path);
  head.query = std::move(target->query);
  return used;
}

ParseState RequestParser::state() const { return impl_ ? impl_->parser->state_ : ParseState::kHead; }
const ParseFailure& RequestParser::failure() const { return impl_->parser->failure_; }
RequestHead& RequestParser::head() { return impl_->head; }
const RequestHead* RequestParser::known_head() const {
  return impl_ && impl_->parser->is_header_done() ? &impl_->head : nullptr;
}
bool RequestParser::keep_alive() const { return impl_->parser->keep_alive(); }
bool RequestParser::is_http10() const { return impl_->parser->version_ < 11; }
bool RequestParser::is_chunked() const { return impl_->parser->chunked(); }
void RequestParser::discard_body() { impl_->parser->discard_ = true; }

bool RequestParser::expects_continue() const {
  return !is_http10() && iequals(impl_->head.headers.get("Expect"), "100-continue");
}

std::optional<std::uint64_t> RequestParser::content_length() const {
  auto length = impl_->parser->content_length();
  if (!length) return std::nullopt;
  return *length;
}

std::size_t RequestParser::body_size() const { return impl_ ? impl_->parser->body_.size() : 0; }

Request RequestParser::take() {
  Request request;
  request.head = std::move(impl_->head);
  if (!impl_->parser->body_.empty()) request.body = Bytes::adopt(std::move(impl_->parser->body_));
  return request;
}

void RequestParser::reset() {
  if (!impl_) return;
  impl_->head = RequestHead();
  impl_->parser.emplace(limits_, false);
}

void RequestParser::release() { impl_.reset(); }

struct ResponseParser::Impl {
  Impl(ParserLimits limits, bool answers_head) : parser(limits, answers_head) {}
  Parser<false> parser;
};

ResponseParser::ResponseParser(ParserLimits limits, bool answers_head)
    : impl_(std::make_unique<Impl>(limits, answers_head)) {}
ResponseParser::~ResponseParser() = default;
ResponseParser::ResponseParser(ResponseParser&&) noexcept = default;

std::size_t ResponseParser::feed(std::string_view input) { return impl_->parser.feed(input); }
void ResponseParser::finish() { impl_->parser.finish(); }
ParseState ResponseParser::state() const { return impl_->parser.state_; }
const ParseFailure& ResponseParser::failure() const { return impl_->parser.failure_; }
int ResponseParser::status() const { return impl_->parser.status_; }
const Headers& ResponseParser::headers() const { return impl_->parser.headers_; }
bool ResponseParser::keep_alive() const { return impl_->parser.keep_alive(); }
std::size_t ResponseParser::body_size() const { return impl_->parser.body_.size(); }
std::string ResponseParser::take_body() { return std::exchange(impl_->parser.body_, std::string()); }

}  // namespace mcp::http
