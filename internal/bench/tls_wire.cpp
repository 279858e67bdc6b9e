// The one file of the package that sees OpenSSL.
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include <algorithm>
#include <climits>

#include "internal/bench/wire.h"

namespace mcp::bench {
namespace {

struct Freer {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslPtr = std::unique_ptr<SSL, Freer>;
using ContextPtr = std::unique_ptr<SSL_CTX, Freer>;

std::string reason() {
  char text[256];
  ERR_error_string_n(ERR_get_error(), text, sizeof text);
  return text;
}

// Made once: the authorities' file takes milliseconds to read.
SSL_CTX* context() {
  static ContextPtr made = [] {
    ContextPtr fresh(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_min_proto_version(fresh.get(), TLS1_2_VERSION);
    SSL_CTX_set_default_verify_paths(fresh.get());
    SSL_CTX_set_mode(fresh.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return fresh;
  }();
  return made.get();
}

class TlsWire final : public Wire {
 public:
  TlsWire(int fd, SslPtr ssl) : Wire(fd), ssl_(std::move(ssl)) {}

  Io read(char* into, std::size_t room, std::size_t& count) override {
    int got = SSL_read(ssl_.get(), into, static_cast<int>(std::min<std::size_t>(room, INT_MAX)));
    return settle(got, count);
  }
  Io write(std::string_view bytes, std::size_t& count) override {
    int sent =
        SSL_write(ssl_.get(), bytes.data(), static_cast<int>(std::min<std::size_t>(bytes.size(), INT_MAX)));
    return settle(sent, count);
  }
  bool holds_unread() const override { return SSL_pending(ssl_.get()) > 0; }

 private:
  Io settle(int result, std::size_t& count) {
    if (result > 0) {
      count = static_cast<std::size_t>(result);
      return Io::kDone;
    }
    int why = SSL_get_error(ssl_.get(), result);
    ERR_clear_error();
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? Io::kAgain : Io::kClosed;
  }

  SslPtr ssl_;
};

}  // namespace

Result<std::unique_ptr<Wire>> Wire::secure(int fd, const Target& target, bool verify) {
  SslPtr ssl(SSL_new(context()));
  auto wire = std::unique_ptr<Wire>();
  SSL* handle = ssl.get();
  wire.reset(new TlsWire(fd, std::move(ssl)));  // owns fd from here on
  SSL_set_fd(handle, fd);
  SSL_set_verify(handle, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(handle), target.host.c_str()) != 1) {
    SSL_set1_host(handle, target.host.c_str());
    SSL_set_tlsext_host_name(handle, target.host.c_str());
  }
  ERR_clear_error();
  if (SSL_connect(handle) != 1) {
    return fail(ErrorCode::kDenied, "TLS with " + target.authority() + ": " + reason(),
                verify ? "--insecure takes any certificate" : "");
  }
  return wire;
}

}  // namespace mcp::bench
