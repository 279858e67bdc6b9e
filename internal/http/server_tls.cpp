#include "internal/http/server_tls.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstdint>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <boost/asio/error.hpp>

#include "internal/http/tls_session.h"

namespace mcp::http {
namespace {

using boost::system::error_code;

template <auto free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    free(object);
  }
};
using Context = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Text = std::unique_ptr<BIO, Freed<BIO_free>>;

// OpenSSL's own reason, which is the first of its queue.
std::string reason() {
  unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* text = code == 0 ? nullptr : ERR_reason_error_string(code);
  return text == nullptr ? "unknown reason" : text;
}

// The socket as OpenSSL sees it. Its own kind would raise SIGPIPE.
int descriptor_of(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

int send_bytes(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  auto sent = ::send(descriptor_of(bio), data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int receive_bytes(BIO* bio, char* data, int size) {
  BIO_clear_retry_flags(bio);
  auto count = ::recv(descriptor_of(bio), data, static_cast<std::size_t>(size), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  if (count == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(count);
}

long control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* socket_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    BIO_meth_set_write(made, send_bytes);
    BIO_meth_set_read(made, receive_bytes);
    BIO_meth_set_ctrl(made, control);
    return made;
  }();
  return method;
}

class Session final : public TlsSession {
 public:
  explicit Session(SSL* ssl) : ssl_(ssl) {}

  std::size_t read_some(char* data, std::size_t size, error_code& failed) override {
    std::size_t count = 0;
    ERR_clear_error();
    int result = SSL_read_ex(ssl_.get(), data, size, &count);
    failed = result == 1 ? error_code() : why(result);
    return count;
  }

  std::size_t write_some(std::string_view bytes, error_code& failed) override {
    std::size_t sent = 0;
    failed = {};
    while (sent < bytes.size() && !failed) {
      std::size_t count = 0;
      ERR_clear_error();
      int result = SSL_write_ex(ssl_.get(), bytes.data() + sent, bytes.size() - sent, &count);
      if (result == 1) sent += count;
      if (result != 1) failed = why(result);
    }
    return sent;
  }

  bool wants_write() const override { return wants_write_; }
  bool has_buffered() const override { return SSL_has_pending(ssl_.get()) == 1; }
  std::string failure() const override { return failure_; }

  void shut() override {
    // After a fatal error OpenSSL wants no further call.
    if (broken_ || SSL_is_init_finished(ssl_.get()) != 1) return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }

 private:
  error_code why(int result) {
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ: wants_write_ = false; return boost::asio::error::would_block;
      case SSL_ERROR_WANT_WRITE: wants_write_ = true; return boost::asio::error::would_block;
      case SSL_ERROR_ZERO_RETURN: return boost::asio::error::eof;
      case SSL_ERROR_SYSCALL: broken_ = true; return boost::asio::error::connection_reset;
      default:
        broken_ = true;
        failure_ = reason();
        return boost::system::errc::make_error_code(boost::system::errc::protocol_error);
    }
  }

  std::unique_ptr<SSL, Freed<SSL_free>> ssl_;  // keeps the context
  std::string failure_;
  bool wants_write_ = false;
  bool broken_ = false;
};

// HTTP/1.1 is all we speak; a client that only offers something else may try.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
  static constexpr unsigned char kOurs[] = "\x08http/1.1";
  unsigned char* found = nullptr;
  int result = SSL_select_next_proto(&found, size, kOurs, sizeof kOurs - 1, offered, offered_size);
  *chosen = found;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

// Nobody can be asked for a passphrase: an encrypted key is an unusable one.
int no_passphrase(char*, int, int, void*) { return -1; }

Text open_text(const std::string& pem) {
  return Text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

Error unusable(std::string_view what, std::string_view why, std::string hint) {
  return Error{ErrorCode::kConfig, std::string(what) + ": " + std::string(why), std::move(hint)};
}

Result<void> use_certificate(SSL_CTX* context, const std::string& pem) {
  constexpr const char* kHint =
      "a PEM file is needed: our certificate first, then those between it and its authority";
  Text text = open_text(pem);
  Certificate own(PEM_read_bio_X509_AUX(text.get(), nullptr, no_passphrase, nullptr));
  if (!own) return fail(unusable("tls_cert", "there is no certificate in it", kHint));
  if (SSL_CTX_use_certificate(context, own.get()) != 1) return fail(unusable("tls_cert", reason(), kHint));
  while (X509* next = PEM_read_bio_X509(text.get(), nullptr, no_passphrase, nullptr)) {
    if (SSL_CTX_add0_chain_cert(context, next) == 1) continue;
    X509_free(next);
    return fail(unusable("tls_cert", reason(), kHint));
  }
  ERR_clear_error();  // the end of the text
  return {};
}

Result<void> use_key(SSL_CTX* context, const std::string& pem) {
  Text text = open_text(pem);
  Key key(PEM_read_bio_PrivateKey(text.get(), nullptr, no_passphrase, nullptr));
  if (!key)
    return fail(unusable("tls_key", "there is no private key in it that needs no passphrase",
                         "openssl pkey -in KEY -out PLAIN removes a passphrase"));
  if (SSL_CTX_use_PrivateKey(context, key.get()) == 1 && SSL_CTX_check_private_key(context) == 1) return {};
  ERR_clear_error();
  return fail(unusable("tls_key", "the key does not belong to the certificate in tls_cert",
                       "name the key that the certificate was made for"));
}

Result<void> ask_for_certificates(SSL_CTX* context, const std::string& pem) {
  Text text = open_text(pem);
  int count = 0;
  while (Certificate authority{PEM_read_bio_X509(text.get(), nullptr, no_passphrase, nullptr)}) {
    ++count;
    SSL_CTX_add_client_CA(context, authority.get());
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get());
  }
  ERR_clear_error();
  if (count == 0)
    return fail(unusable("tls_client_ca", "there is no certificate in it",
                         "a PEM file with the certificates of the authorities is needed"));
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return {};
}

void set_up(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // Many clients leave without a goodbye. Requests have lengths: one that is cut short does not look whole.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
  // An idle session gives its two 16 KiB buffers back. What is left unsent moves into another buffer of ours.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  // Sessions are resumed by tickets alone, which cost us nothing.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 1);
  static constexpr unsigned char kName[] = "mcp";
  SSL_CTX_set_session_id_context(context, kName, sizeof kName - 1);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
}

}  // namespace

struct ServerTls::Impl {
  Context context;
};

ServerTls::ServerTls(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
ServerTls::~ServerTls() = default;

Result<std::shared_ptr<ServerTls>> ServerTls::make(const std::string& certificate, const std::string& key,
                                                   const std::string& client_ca) {
  auto impl = std::make_shared<Impl>();
  impl->context.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* context = impl->context.get();
  if (context == nullptr) return fail(ErrorCode::kInternal, "cannot set TLS up: " + reason());
  set_up(context);
  MCP_TRY(use_certificate(context, certificate));
  MCP_TRY(use_key(context, key));
  if (!client_ca.empty()) MCP_TRY(ask_for_certificates(context, client_ca));
  return std::shared_ptr<ServerTls>(new ServerTls(std::move(impl)));
}

std::unique_ptr<TlsSession> ServerTls::accept(int descriptor) const {
  SSL* ssl = SSL_new(impl_->context.get());
  BIO* bio = ssl == nullptr ? nullptr : BIO_new(socket_method());
  if (bio == nullptr) {
    SSL_free(ssl);
    return nullptr;
  }
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(descriptor)));
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);
  SSL_set_accept_state(ssl);
  return std::make_unique<Session>(ssl);
}

}  // namespace mcp::http
