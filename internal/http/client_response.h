#pragma once

#include "internal/http/request_parser.h"
#include "internal/http/wire.h"

namespace mcp::http {

// A response being read from a wire; the wire goes back to the pool when the body is whole.
// Shared by the coroutine that reads and the ClientResponse that the caller holds.
class ResponseBody : public std::enable_shared_from_this<ResponseBody> {
 public:
  // header_deadline 0: none.
  ResponseBody(std::shared_ptr<ClientCore> core, WirePtr wire, bool answers_head,
               async::Millis header_deadline);

  // Up to the end of the final response's head. `reusable`: the request was sent whole.
  Task<Result<void>> read_head();
  void keep_wire_from_pool() { reusable_ = false; }
  // Whether any byte of a response came.
  bool has_begun() const { return begun_; }
  // Whether what came was the beginning of TLS.
  bool is_tls() const { return tls_; }

  Task<Result<Bytes>> read_some();
  Task<Result<Bytes>> read_all(std::size_t max_bytes);
  std::optional<Bytes> take_whole(std::size_t max_bytes);
  void abort();

  int status() const { return parser_->status(); }
  const Headers& headers() const { return parser_->headers(); }

 private:
  Result<void> take_in();
  bool skip_interim();
  void let_go();
  Error cut_short() const;
  Error stalled() const;

  std::shared_ptr<ClientCore> core_;
  WirePtr wire_;  // null once the body is whole
  std::optional<ResponseParser> parser_;
  bool answers_head_;
  async::Millis header_deadline_;
  bool reusable_ = true;
  bool begun_ = false;
  bool tls_ = false;
  bool aborted_ = false;
  bool may_be_silent_ = false;  // an event stream
  int interim_ = 0;
};

ClientResponsePtr make_response(std::shared_ptr<ResponseBody> body);

}  // namespace mcp::http
