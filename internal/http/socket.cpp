#include "internal/http/socket.h"

namespace mcp::http {

std::size_t Socket::read_some(char* data, std::size_t size, boost::system::error_code& failed) {
  if (tls_) return tls_->read_some(data, size, failed);
  return socket_.read_some(async::asio::buffer(data, size), failed);
}

std::size_t Socket::write_some(const Outbox::Buffers& buffers, boost::system::error_code& failed) {
  if (!tls_ && buffers[1].size() == 0) return socket_.write_some(async::asio::buffer(buffers[0]), failed);
  if (!tls_) return socket_.write_some(buffers, failed);
  std::size_t sent = 0;
  failed = {};
  for (const auto& buffer : buffers) {
    if (buffer.size() == 0) continue;
    sent += tls_->write_some({static_cast<const char*>(buffer.data()), buffer.size()}, failed);
    if (failed) break;
  }
  return sent;
}

void Socket::discard(boost::system::error_code& failed) {
  char unwanted[16 << 10];
  socket_.read_some(async::asio::buffer(unwanted), failed);
}

void Socket::cancel() {
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void Socket::shutdown_send() {
  if (tls_) tls_->shut();
  boost::system::error_code ignored;
  socket_.shutdown(async::StreamSocket::shutdown_send, ignored);
}

void Socket::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace mcp::http
