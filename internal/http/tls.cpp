#include "internal/http/tls.h"

#include <boost/asio/ssl.hpp>
#include <boost/asio/ssl/impl/src.hpp>

#include "internal/http/scheme_hint.h"

namespace mcp::http {
namespace {

namespace asio = async::asio;
namespace ssl = boost::asio::ssl;

}  // namespace

struct TlsContext::Impl {
  ssl::context context{ssl::context::tls_client};
  bool verify = true;
};

namespace {

class TlsWire final : public Wire {
 public:
  TlsWire(std::shared_ptr<ClientCore> core, ClientPool::Permit permit, ssl::context& context, bool verify,
          std::shared_ptr<void> keeps_context)
      : Wire(std::move(core), std::move(permit)),
        context_(std::move(keeps_context)),
        stream_(socket(), context),
        verify_(verify) {}

  Task<Result<void>> open(Destination to) override;

 private:
  bool is_plain() const override { return false; }
  Task<Transfer> read_some(char* data, std::size_t size) override;
  Task<Transfer> write_some(const char* data, std::size_t size) override;
  Error explain(std::string_view what, const boost::system::error_code& failed) const override;
  bool prepare(const std::string& host);
  Error explain_handshake(const std::string& host, const boost::system::error_code& failed) const;

  std::shared_ptr<void> context_;
  mutable ssl::stream<async::StreamSocket&> stream_;  // native_handle() is not const
  bool verify_;
};

bool TlsWire::prepare(const std::string& host) {
  boost::system::error_code failed;
  stream_.set_verify_mode(verify_ ? ssl::verify_peer : ssl::verify_none, failed);
  if (failed) return false;
  SSL* handle = stream_.native_handle();
  X509_VERIFY_PARAM* wanted = SSL_get0_param(handle);
  X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  // RFC 6066 §3: literal addresses are not permitted in SNI; they are looked for in the certificate's
  // addresses.
  if (X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1) return true;
  return X509_VERIFY_PARAM_set1_host(wanted, host.data(), host.size()) == 1 &&
         SSL_set_tlsext_host_name(handle, host.c_str()) == 1;
}

Task<Result<void>> TlsWire::open(Destination to) {
  std::string host = to.host;
  if (!prepare(host)) co_return fail(ErrorCode::kInternal, "cannot set TLS up for " + host);
  auto connected = co_await Wire::open(to);
  MCP_CO_CHECK(connected);
  if (to.proxy != nullptr) connected = co_await open_tunnel(to);
  MCP_CO_CHECK(connected);
  auto [failed] = co_await stream_.async_handshake(ssl::stream_base::client, async::kAwait);
  if (failed || closed()) co_return fail(explain_handshake(host, failed));
  co_return Result<void>();
}

Task<Wire::Transfer> TlsWire::read_some(char* data, std::size_t size) {
  auto buffer = asio::buffer(data, size);
  auto [failed, count] = co_await stream_.async_read_some(buffer, async::kAwait);
  co_return Transfer{failed, count};
}

Task<Wire::Transfer> TlsWire::write_some(const char* data, std::size_t size) {
  auto buffer = asio::buffer(data, size);
  auto [failed, count] = co_await stream_.async_write_some(buffer, async::kAwait);
  co_return Transfer{failed, count};
}

// A port for plain HTTP answers what is no TLS, or hangs up.
Error TlsWire::explain_handshake(const std::string& host, const boost::system::error_code& failed) const {
  Error why = explain("TLS handshake with " + host, failed);
  if (closed() || why.code != ErrorCode::kUnavailable) return why;
  bool no_tls = failed.category() == asio::error::get_ssl_category() &&
                ERR_GET_REASON(static_cast<unsigned long>(failed.value())) == SSL_R_WRONG_VERSION_NUMBER;
  bool hung_up = failed == asio::error::eof || failed == asio::error::connection_reset ||
                 failed == ssl::error::stream_truncated;
  if (no_tls) why.hint = kUseHttp;
  if (hung_up) why.hint = kPerhapsHttp;
  return why;
}

Error TlsWire::explain(std::string_view what, const boost::system::error_code& failed) const {
  long verdict = SSL_get_verify_result(stream_.native_handle());
  if (closed() || failed.category() != asio::error::get_ssl_category() || verdict == X509_V_OK) {
    return Wire::explain(what, failed);
  }
  return Error{ErrorCode::kDenied,
               std::string(what) + ": certificate refused: " + X509_verify_cert_error_string(verdict),
               "name the certificate authority's file in SSL_CERT_FILE"};
}

}  // namespace

TlsContext::TlsContext(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsContext::~TlsContext() = default;

Result<std::shared_ptr<TlsContext>> TlsContext::make(const Client::Tls& options) {
  auto impl = std::make_shared<Impl>();
  impl->verify = options.verify;
  boost::system::error_code failed;
  impl->context.set_options(ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1, failed);
  if (!failed && options.ca_file.empty()) impl->context.set_default_verify_paths(failed);
  if (!failed && !options.ca_file.empty()) impl->context.load_verify_file(options.ca_file, failed);
  if (failed) {
    std::string what = options.ca_file.empty() ? "the system's certificate authorities" : options.ca_file;
    return fail(ErrorCode::kDenied, "read certificate authorities from " + what + ": " + failed.message(),
                "a PEM file with CERTIFICATE blocks is needed");
  }
  return std::shared_ptr<TlsContext>(new TlsContext(std::move(impl)));
}

WirePtr TlsContext::make_wire(std::shared_ptr<ClientCore> core, ClientPool::Permit permit) {
  return std::make_shared<TlsWire>(std::move(core), std::move(permit), impl_->context, impl_->verify, impl_);
}

}  // namespace mcp::http
