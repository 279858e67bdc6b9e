// Wire, its way through a proxy.
#include "internal/http/proxy.h"
#include "internal/http/request_parser.h"
#include "internal/http/wire.h"

namespace mcp::http {
namespace {

constexpr std::size_t kMaxHeaders = 200;
constexpr std::size_t kReadSize = 4 << 10;
constexpr int kMaxInterim = 16;

std::string authority_of(const Destination& to) {
  bool v6 = to.host.find(':') != std::string::npos;
  return (v6 ? "[" + to.host + "]" : to.host) + ":" + std::to_string(to.port);
}

std::string connect_request(const Destination& to) {
  std::string authority = authority_of(to);
  std::string text = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
  if (!to.proxy->authorization.empty()) text += "Proxy-Authorization: " + to.proxy->authorization + "\r\n";
  return text + "\r\n";
}

Error broken_answer(const Destination& to, ErrorCode code, const std::string& what) {
  return from_proxy(*to.proxy, Error{code, "malformed answer to CONNECT: " + what, {}});
}

}  // namespace

// RFC 9110 §9.3.6: after any 2xx the connection is a tunnel; such an answer has no body, whatever its fields
// say. Qualified calls: no TLS yet, also on a wire that will speak it.
Task<Result<void>> Wire::open_tunnel(Destination to) {
  std::string request = connect_request(to);
  for (std::size_t sent = 0; sent < request.size();) {
    auto [failed, count] = co_await Wire::write_some(request.data() + sent, request.size() - sent);
    if (failed || closed()) co_return fail(from_proxy(*to.proxy, Wire::explain("send CONNECT", failed)));
    sent += count;
  }
  ParserLimits limits{core_->limits.max_header_bytes, kMaxHeaders, 0};
  std::optional<ResponseParser> answer(std::in_place, limits, true);
  for (int interim = 0; answer->state() != ParseState::kDone;) {
    auto space = input_.prepare(kReadSize);
    auto [failed, count] = co_await Wire::read_some(space.data, space.size);
    if (failed || closed()) {
      co_return fail(from_proxy(*to.proxy, Wire::explain("wait for the answer to CONNECT", failed)));
    }
    input_.commit(count);
    input_.consume(answer->feed(input_.view()));
    while (answer->state() == ParseState::kDone && answer->status() / 100 == 1 && ++interim <= kMaxInterim) {
      answer.emplace(limits, true);
      input_.consume(answer->feed(input_.view()));
    }
    if (answer->state() == ParseState::kFailed) {
      ErrorCode code = answer->failure().status == 431 ? ErrorCode::kLimit : ErrorCode::kMalformed;
      co_return fail(broken_answer(to, code, answer->failure().what));
    }
  }
  if (answer->status() / 100 != 2) {
    co_return fail(proxy_refusal(*to.proxy, answer->status(), authority_of(to)));
  }
  // The server speaks after our first TLS message only: what stands here is not from it.
  if (!input_.empty()) co_return fail(broken_answer(to, ErrorCode::kMalformed, "something follows it"));
  co_return Result<void>();
}

}  // namespace mcp::http
