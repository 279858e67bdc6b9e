#include "internal/http/scheme_hint.h"

#include <algorithm>
#include <iterator>

namespace mcp::http {
namespace {

constexpr std::string_view kPages[] = {
    "plain HTTP request was sent to HTTPS port",  // nginx
    "speaking plain HTTP to an SSL-enabled",      // Apache
    "sent an HTTP request to an HTTPS server",    // Go
};

}  // namespace

bool is_tls_record(std::string_view bytes) {
  constexpr char kFirstType = 20, kLastType = 23, kMajor = 3;
  return bytes.size() >= 2 && bytes[0] >= kFirstType && bytes[0] <= kLastType && bytes[1] == kMajor;
}

bool asks_for_tls(int status, std::string_view body) {
  return status == 400 && std::any_of(std::begin(kPages), std::end(kPages), [body](std::string_view page) {
           return body.find(page) != std::string_view::npos;
         });
}

}  // namespace mcp::http
