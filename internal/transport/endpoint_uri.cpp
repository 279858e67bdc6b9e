#include "internal/transport/endpoint_uri.h"

#include "internal/base/strings.h"

namespace mcp::transport {
namespace {

// RFC 3986 §5.2.4.
std::string remove_dot_segments(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    auto end = path.find('/', 1);
    std::string_view segment = path.substr(0, end);
    path.remove_prefix(segment.size());
    if (segment == "/." || segment == "/..") {
      if (segment == "/..") out.erase(std::min(out.size(), out.rfind('/')));
      if (path.empty()) out += '/';
    } else {
      out += segment;
    }
  }
  return out;
}

// The target that a reference without an authority means.
std::string target_of(const std::string& base, std::string_view reference) {
  std::string_view base_path = std::string_view(base).substr(0, base.find('?'));
  auto query = reference.find('?');
  std::string path(reference.substr(0, query));
  if (path.empty()) {
    path = base_path;
  } else if (path.front() != '/') {
    path.insert(0, base_path.substr(0, base_path.rfind('/') + 1));
  }
  std::string target = remove_dot_segments(path);
  if (query != std::string_view::npos) target += reference.substr(query);
  return target;
}

bool has_scheme(std::string_view reference) {
  auto colon = reference.find(':');
  return colon != std::string_view::npos && colon < reference.find_first_of("/?#");
}

}  // namespace

Result<http::Url> endpoint_uri(const http::Url& stream, std::string_view reference) {
  reference = trim(reference);
  reference = reference.substr(0, reference.find('#'));
  std::string shown = json_quote(reference.substr(0, 200));
  auto none = [&] {
    return fail(ErrorCode::kProtocol, "the server's endpoint event names no address: " + shown);
  };
  if (reference.empty()) return none();
  std::string absolute;
  if (has_scheme(reference)) {
    absolute = reference;
  } else if (reference.starts_with("//")) {
    absolute = stream.scheme + ":" + std::string(reference);
  } else {
    http::Url origin = stream;
    origin.target = target_of(stream.target, reference);
    absolute = origin.text();
  }
  auto url = http::parse_url(absolute);
  if (!url) return none();
  bool same = url->scheme == stream.scheme && iequals(url->host, stream.host) && url->port == stream.port &&
              (url->socket.empty() || url->socket == stream.socket);
  // A server behind a Unix-domain socket knows nothing of it.
  url->socket = stream.socket;
  if (same) return *url;
  return fail(ErrorCode::kProtocol,
              "the server's endpoint event names an address of another origin: " + shown,
              "messages are only sent to " + stream.scheme + "://" + stream.host_header());
}

}  // namespace mcp::transport
