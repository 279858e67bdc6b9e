#include "cmd/mcp/serve_network.h"

#include <sys/resource.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "cmd/mcp/serve_key.h"
#include "internal/config/paths.h"
#include "internal/config/secret.h"
#include "internal/http/server_tls.h"

namespace mcp::cmd {
namespace {

using config::Key;

constexpr std::int64_t kDay = 86'400'000;
constexpr std::int64_t kGiB = 1 << 30;
constexpr std::int64_t kNoMost = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t kMaxPem = 1 << 20;
constexpr std::size_t kOtherDescriptors = 256;  // servers, logs, files: what is no client

// Reads the three files of [serve] tls_*.
class TlsFiles {
 public:
  TlsFiles(Env& env, const config::Table& table, config::Report& report)
      : env_(env), table_(table), report_(report) {}

  void read(NetworkConfig& out) {
    if (!table_.given("tls_cert")) return refuse_lonely();
    if (!out.socket.empty())
      return error("tls_cert", "has no use on a Unix-domain socket", "leave it out, or listen on HOST:PORT");
    if (!table_.given("tls_key"))
      return error("tls_cert", "tls_key is missing", "name the file of the certificate's private key");
    auto certificate = file("tls_cert");
    auto key = this->key();
    auto authorities = table_.given("tls_client_ca") ? file("tls_client_ca") : std::string();
    if (!certificate || !key || !authorities) return;
    // No text means no question to ServerTls: an empty file must not open the door.
    if (table_.given("tls_client_ca") && authorities->empty())
      return error("tls_client_ca", "there is no certificate in it",
                   "a PEM file with the certificates of the authorities is needed");
    auto made = http::ServerTls::make(*certificate, *key, *authorities);
    if (!made) return refuse(made.error());
    out.tls = std::move(*made);
    out.asks_certificates = !authorities->empty();
    out.tls_files = std::move(files_);
  }

 private:
  void error(const std::string& key, const std::string& what, std::string hint) {
    report_.error(table_.find(key)->origin, "[serve] " + key + ": " + what, std::move(hint));
  }

  // Keys that mean nothing without a certificate.
  void refuse_lonely() {
    for (const char* key : {"tls_key", "tls_client_ca"}) {
      if (table_.given(key))
        error(key, "tls_cert is missing",
              "name the file of the certificate, or leave " + std::string(key) + " out");
    }
  }

  // The message begins with the key that is to blame.
  void refuse(const Error& why) {
    std::string key = why.message.substr(0, why.message.find(':'));
    if (table_.find(key) == nullptr) key = "tls_cert";
    report_.error(table_.find(key)->origin, "[serve] " + why.message, why.hint);
  }

  std::string directory(const std::string& key) const {
    const config::Origin& origin = table_.find(key)->origin;
    return origin.kind == config::Origin::Kind::kFile ? config::directory_of(origin.name) : "";
  }

  std::optional<std::string> file(const std::string& key) {
    std::string path = config::anchor_path(env_, directory(key), table_.text(key));
    auto text = config::read_regular_file(env_, path, kMaxPem);
    files_.push_back(path);
    if (text) return std::move(*text);
    error(key, text.error().message, "name a PEM file that this user may read");
    return std::nullopt;
  }

  // A path like the others, or a secret's reference.
  std::optional<std::string> key() {
    std::string written = table_.text("tls_key");
    if (!written.starts_with("file:") && !written.starts_with("env:")) return file("tls_key");
    std::string anchored = config::anchor_secret(env_, directory("tls_key"), written);
    for (std::string& path : config::files_of_secret(anchored)) files_.push_back(std::move(path));
    auto text = config::resolve_secret(env_, anchored);
    if (text) return std::move(*text);
    error("tls_key", text.error().message, text.error().hint);
    return std::nullopt;
  }

  Env& env_;
  const config::Table& table_;
  config::Report& report_;
  std::vector<std::string> files_;
};

// A key that was pasted in must not be repeated by messages about a file that is not there.
Result<void> check_no_pem(const config::Value& value) {
  if (value.text.find_first_of("\r\n") == std::string::npos && !value.text.starts_with("-----")) return {};
  return fail(ErrorCode::kInvalid, "(hidden) is a key or a certificate itself",
              "put it into a file, and write the file's path");
}

}  // namespace

std::vector<ServeKey> network_keys() {
  using http::ServerLimits;
  constexpr auto kLive = Key::Reload::kLive;
  return {
      Key{.name = "tls_cert",
          .help = "speak HTTPS: a PEM file with our certificate and those between it and its authority",
          .check = check_no_pem,
          .reload = kLive},
      Key{.name = "tls_key",
          .help =
              "the certificate's private key, without a passphrase: a PEM file, or `file:PATH`, `env:NAME`",
          .check = check_no_pem,
          .reload = kLive},
      Key{.name = "tls_client_ca",
          .help = "clients must show a certificate of one of the authorities in this PEM file (mutual TLS)",
          .check = check_no_pem,
          .reload = kLive},
      number_key("max_connections", &ServerLimits::max_connections, {1, 1'000'000},
                 "how many clients may be connected at once; the next is answered 503"),
      size_key("max_header", &ServerLimits::max_header_bytes, {1024, 1 << 20},
               "the longest head of a request, request line included; beyond it 431"),
      number_key("max_headers", &ServerLimits::max_headers, {10, 10'000},
                 "how many header fields a request may have; beyond it 431"),
      size_key("max_stream_queue", &ServerLimits::max_stream_queue_bytes, {64 << 10, kGiB},
               "how much may wait for a client that does not read its event stream before it is cut"),
      size_key(
          "max_buffered", &ServerLimits::max_buffered_bytes, {1 << 20, kNoMost},
          "how much all clients together may have unfinished in our memory: bodies that are being read or "
          "answered, and what is not sent yet; make it more than `max_body` and the largest result"),
      time_key("header_timeout", &ServerLimits::header_deadline, {1, kDay},
               "how long a TLS handshake, and the head of a request, may take in all"),
      time_key("body_timeout", &ServerLimits::body_deadline, {1, kDay},
               "how long the body of a request may take in all"),
      time_key("idle_timeout", &ServerLimits::idle_deadline, {1, kDay},
               "how long a connection is kept between two requests"),
      time_key("write_timeout", &ServerLimits::write_deadline, {1, kDay},
               "how long a client may take its answer too slowly, see `min_write_rate`"),
      size_key("min_write_rate", &ServerLimits::min_write_rate, {0, kGiB},
               "how much of a waiting answer a client has to take in a second; `\"0\"`: anything in "
               "write_timeout"),
  };
}

void read_tls(Env& env, const config::Table& table, NetworkConfig& network, config::Report& report) {
  TlsFiles(env, table, report).read(network);
}

std::optional<Error> fit_to_descriptors(http::ServerLimits& limits) {
  rlimit allowed{};
  if (::getrlimit(RLIMIT_NOFILE, &allowed) != 0) return std::nullopt;
  allowed.rlim_cur = allowed.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &allowed);
  if (::getrlimit(RLIMIT_NOFILE, &allowed) != 0 || allowed.rlim_cur == RLIM_INFINITY) return std::nullopt;
  std::size_t most =
      allowed.rlim_cur > 2 * kOtherDescriptors ? allowed.rlim_cur - kOtherDescriptors : allowed.rlim_cur / 2;
  std::size_t wanted = std::exchange(limits.max_connections, std::min(limits.max_connections, most));
  if (wanted == limits.max_connections) return std::nullopt;
  return Error{ErrorCode::kLimit,
               "max_connections is " + std::to_string(limits.max_connections) + " instead of " +
                   std::to_string(wanted) + ": this process may have " + std::to_string(allowed.rlim_max) +
                   " files open",
               "raise the hard limit (ulimit -Hn, LimitNOFILE= of a systemd unit) to " +
                   std::to_string(wanted + kOtherDescriptors) + ", or lower max_connections in [serve]"};
}

}  // namespace mcp::cmd
