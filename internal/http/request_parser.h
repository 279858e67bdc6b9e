#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "internal/http/message.h"

namespace mcp::http {

struct ParserLimits {
  std::size_t max_header_bytes;
  std::size_t max_headers;
  std::size_t max_body_bytes;
};

// Why a message was refused: an HTTP status for requests (400, 413, 431), human text, and the key of the
// limit.
struct ParseFailure {
  int status = 400;
  std::string what;
  std::string_view limit = {};  // a constant; empty: it was no limit
};

enum class ParseState { kHead, kBody, kDone, kFailed };

// One HTTP/1.1 request after the other, fed by hand. Beast parses; what Beast 1.81 lets through and must not
// pass (docs/http.md) is refused here. Pure: no I/O. This file's .cpp is the only one that sees Beast.
class RequestParser {
 public:
  explicit RequestParser(ParserLimits limits);
  ~RequestParser();
  RequestParser(RequestParser&&) noexcept;

  // Takes what it can use from the front of `input`; the rest is to be offered again, with more behind it.
  // Stops behind the head, so that its owner can look before the body comes.
  std::size_t feed(std::string_view input);
  ParseState state() const;
  const ParseFailure& failure() const;

  // From kBody on.
  RequestHead& head();
  // The head as far as it is known: null before it was read whole; without path when its target was refused.
  const RequestHead* known_head() const;
  bool keep_alive() const;
  bool is_http10() const;
  bool expects_continue() const;
  bool is_chunked() const;
  std::optional<std::uint64_t> content_length() const;
  std::size_t body_size() const;  // that was read so far and kept
  // The body is parsed to its end, but not kept.
  void discard_body();

  // kDone: hands the request out.
  Request take();
  // Ready for the next request.
  void reset();
  // Gives memory back; the next feed() takes it again. As reset().
  void release();

 private:
  struct Impl;
  ParserLimits limits_;
  std::unique_ptr<Impl> impl_;
};

// One HTTP/1.1 response. 1xx responses are the caller's to skip.
class ResponseParser {
 public:
  // max_body_bytes of the limits is not used: the body is handed out as it comes.
  ResponseParser(ParserLimits limits, bool answers_head);
  ~ResponseParser();
  ResponseParser(ResponseParser&&) noexcept;

  std::size_t feed(std::string_view input);
  // The peer closed: the end of a body without length, else a failure.
  void finish();
  ParseState state() const;
  const ParseFailure& failure() const;

  int status() const;
  const Headers& headers() const;
  bool keep_alive() const;
  // What came of the body since the last call.
  std::string take_body();
  std::size_t body_size() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mcp::http
