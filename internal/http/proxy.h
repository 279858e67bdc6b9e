#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "internal/base/error.h"
#include "internal/http/no_proxy.h"

namespace mcp::http {

struct Url;

// A forward proxy that speaks plain HTTP: https goes through it by CONNECT, http by absolute-form.
struct Proxy {
  std::string variable;  // that named it, for hints
  std::string host;      // without brackets
  std::uint16_t port = 0;
  std::string authorization;  // of Proxy-Authorization; empty: none

  std::string name() const;  // host:port, never with credentials: for errors, logs and pools
};

// What the variables of the environment say; empty: not set.
struct ProxySettings {
  std::string https;     // HTTPS_PROXY: http://[USER:PASSWORD@]HOST[:PORT], for https:// addresses
  std::string http;      // http_proxy: the same, for http:// addresses
  std::string no_proxy;  // NO_PROXY: see NoProxy
};

// By which way a URL is reached. Pure, immutable.
class ProxyRules {
 public:
  ProxyRules() = default;
  explicit ProxyRules(const ProxySettings& settings);

  // Null: directly. The pointer lives as long as the rules. Errors: kConfig (the variable that applies names
  // no proxy that can be used; its text is not repeated, it may hold a password).
  Result<const Proxy*> proxy_for(const Url& url) const;

 private:
  using Named = std::optional<Result<Proxy>>;

  Named https_;
  Named http_;
  NoProxy exceptions_;
};

// Errors: kConfig.
Result<Proxy> parse_proxy(std::string_view text, std::string variable);

// Why a proxy did not do what it was asked, from the status of its answer. Never repeats credentials.
Error proxy_refusal(const Proxy& proxy, int status, std::string_view target);

// For errors on the way to a proxy: who is meant, and what can be done.
Error from_proxy(const Proxy& proxy, Error why);

}  // namespace mcp::http
