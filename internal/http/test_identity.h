#pragma once

#include <memory>
#include <string>

struct evp_pkey_st;
struct x509_st;

namespace mcp::http::testing {

// A key and a certificate for it, made for the test (identity_test.cpp).
struct Identity {
  std::shared_ptr<evp_pkey_st> key;
  std::shared_ptr<x509_st> certificate;

  std::string key_pem() const;
  std::string certificate_pem() const;
};

// issuer null: a certificate authority that signs itself. alternative_names: "DNS:localhost,IP:127.0.0.1".
Identity make_identity(const char* name, const Identity* issuer, const char* alternative_names,
                       long lifetime_s = 3600);

}  // namespace mcp::http::testing
