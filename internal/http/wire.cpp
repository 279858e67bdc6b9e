#include "internal/http/wire.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>

#include "internal/http/proxy.h"

namespace mcp::http {
namespace {

namespace asio = async::asio;

constexpr std::size_t kMinRead = 4 << 10;
constexpr std::size_t kMaxRead = 64 << 10;

}  // namespace

Wire::Wire(std::shared_ptr<ClientCore> core, ClientPool::Permit permit)
    : core_(std::move(core)),
      permit_(std::move(permit)),
      socket_(core_->loop.executor()),
      read_size_(kMinRead) {
  core_->deadlines.watch(*this);
}

Wire::~Wire() = default;

Task<Result<async::Endpoints>> Wire::look_up(std::string host, std::uint16_t port) {
  look_up_ = async::look_up(core_->loop, std::move(host), port);
  auto waiting = *look_up_;
  auto result = co_await waiting.get();
  look_up_.reset();
  co_return result;
}

Task<Result<void>> Wire::open(Destination to) {
  if (!to.socket.empty()) {
    auto reached = co_await connect_by_file(to.socket);
    co_return reached;
  }
  std::string host = to.proxy == nullptr ? to.host : to.proxy->host;
  std::uint16_t port = to.proxy == nullptr ? to.port : to.proxy->port;
  auto connected = co_await connect(host, port);
  if (!connected && to.proxy != nullptr) co_return fail(from_proxy(*to.proxy, std::move(connected.error())));
  co_return connected;
}

Task<Result<void>> Wire::connect(std::string host, std::uint16_t port) {
  auto endpoints = co_await look_up(host, port);
  MCP_CO_CHECK(endpoints);
  boost::system::error_code last = asio::error::host_not_found;
  std::string what = "connect to " + host + " port " + std::to_string(port);
  for (std::size_t i = 0; i < endpoints->size() && !closed(); ++i) {
    boost::system::error_code ignored;
    socket_.close(ignored);
    async::StreamEndpoint endpoint = (*endpoints)[i];
    auto [failed] = co_await socket_.async_connect(endpoint, async::kAwait);
    last = failed;
    if (!failed) break;
  }
  if (closed()) last = asio::error::operation_aborted;
  if (!last) socket_.non_blocking(true, last);
  if (last) co_return fail(explain(what, last));
  boost::system::error_code ignored;
  socket_.set_option(async::Tcp::no_delay(true), ignored);
  notice_absence();
  co_return Result<void>();
}

Task<Result<void>> Wire::connect_by_file(std::string path) {
  async::StreamEndpoint endpoint = async::LocalEndpoint(path);
  auto [failed] = co_await socket_.async_connect(endpoint, async::kAwait);
  boost::system::error_code last = closed() ? asio::error::operation_aborted : failed;
  if (!last) socket_.non_blocking(true, last);
  if (last) co_return fail(explain("connect to " + path, last));
  co_return Result<void>();
}

// A host that vanished without a word while we wait for its answer, which may take as long as it likes: the
// kernel asks, and gives it up after two minutes of silence.
void Wire::notice_absence() {
  boost::system::error_code ignored;
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
  constexpr int kFirstAfter = 60, kThenEvery = 15, kTimes = 4;
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_KEEPIDLE, &kFirstAfter, sizeof kFirstAfter);
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_KEEPINTVL, &kThenEvery, sizeof kThenEvery);
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_KEEPCNT, &kTimes, sizeof kTimes);
}

// A short body travels with its head in one segment.
void Wire::join(std::string& head, Bytes& body) {
  if (body.size() > kMaxRead) return;
  head.append(body.view());
  body = Bytes();
}

bool Wire::write_at_once(std::string& head, Bytes& body) {
  join(head, body);
  if (!is_plain() || closed()) return false;
  boost::system::error_code failed;
  head.erase(0, socket_.write_some(asio::buffer(head), failed));
  return head.empty() && body.empty();
}

Task<Result<void>> Wire::write(std::string head, Bytes body) {
  set_deadline(core_->limits.write_deadline);
  join(head, body);
  auto sent = co_await send_all(head.data(), head.size());
  MCP_CO_CHECK(sent);
  if (!body.empty()) sent = co_await send_all(body.data(), body.size());
  clear_deadline();
  co_return sent;
}

Task<Result<void>> Wire::send_all(const char* data, std::size_t size) {
  while (size > 0) {
    auto [failed, count] = co_await write_some(data, size);
    if (failed || closed()) co_return fail(explain("send", failed));
    data += count;
    size -= count;
    set_deadline(core_->limits.write_deadline);
  }
  co_return Result<void>();
}

Task<Result<bool>> Wire::fill() {
  auto space = input_.prepare(read_size_);
  Transfer came;
  if (is_plain()) {
    auto buffer = asio::buffer(space.data, space.size);
    auto [broken, read] = co_await socket_.async_read_some(buffer, async::kAwait);
    came = {broken, read};
  } else {
    came = co_await read_some(space.data, space.size);
  }
  auto [failed, count] = came;
  if (failed == asio::error::eof && !closed()) co_return false;
  if (failed || closed()) co_return fail(explain("receive", failed));
  input_.commit(count);
  // Grows for bodies that come fast; a stream that trickles keeps little.
  read_size_ = count == space.size ? std::min(2 * read_size_, kMaxRead) : kMinRead;
  co_return true;
}

Task<Wire::Transfer> Wire::read_some(char* data, std::size_t size) {
  auto buffer = asio::buffer(data, size);
  auto [failed, count] = co_await socket_.async_read_some(buffer, async::kAwait);
  co_return Transfer{failed, count};
}

Task<Wire::Transfer> Wire::write_some(const char* data, std::size_t size) {
  auto buffer = asio::buffer(data, size);
  boost::system::error_code at_once;
  std::size_t sent = socket_.write_some(buffer, at_once);
  if (at_once != asio::error::would_block) co_return Transfer{at_once, sent};
  auto [failed, count] = co_await socket_.async_write_some(buffer, async::kAwait);
  co_return Transfer{failed, count};
}

Error Wire::explain(std::string_view what, const boost::system::error_code& failed) const {
  if (closed_ == ErrorCode::kTimeout)
    return Error{ErrorCode::kTimeout, std::string(what) + ": no answer in time", {}};
  if (closed_) return Error{*closed_, std::string(what) + ": cancelled", {}};
  return Error{ErrorCode::kUnavailable, std::string(what) + ": " + failed.message(), {}};
}

void Wire::set_deadline(async::Millis after) { at_ = Deadlines::Clock::now() + after; }
void Wire::clear_deadline() { at_ = Deadlines::kNever; }

void Wire::close(ErrorCode why) {
  if (closed_) return;
  closed_ = why;
  clear_deadline();
  if (look_up_) look_up_->set(fail(explain("look the host up", {})));
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void Wire::expired() {
  close(ErrorCode::kTimeout);
  core_->pool.forget(*this);  // may destroy this
}

bool Wire::is_quiet() {
  if (closed_ || !input_.empty()) return false;
  char byte;
  boost::system::error_code failed;
  socket_.receive(asio::buffer(&byte, 1), asio::socket_base::message_peek, failed);
  return failed == asio::error::would_block;
}

}  // namespace mcp::http
