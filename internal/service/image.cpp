#include "internal/service/image.h"

#include <algorithm>

#include "internal/base/strings.h"

namespace mcp::service {
namespace {

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kHost = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
constexpr std::string_view kTag = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kDigits = "0123456789";

bool only(std::string_view text, std::string_view of) {
  return !text.empty() && text.find_first_not_of(of) == std::string_view::npos;
}

// Letters and digits, joined by single '.', '_', "__" or runs of '-'.
bool is_path_part(std::string_view part) {
  if (part.empty() || kLower.find(part.front()) == std::string_view::npos ||
      kLower.find(part.back()) == std::string_view::npos)
    return false;
  for (std::size_t i = 0; i < part.size();) {
    if (kLower.find(part[i]) != std::string_view::npos) {
      ++i;
      continue;
    }
    std::size_t end = part.find_first_of(kLower, i);
    std::string_view between = part.substr(i, end - i);
    if (between != "." && between != "_" && between != "__" && !only(between, "-")) return false;
    i = end;
  }
  return true;
}

bool is_port(std::string_view text) { return only(text, kDigits) && text.size() <= 5; }

// A host name, an address, or an IPv6 address in brackets; and perhaps a port.
bool is_registry(std::string_view text) {
  auto close = text.starts_with('[') ? text.find(']') : std::string_view::npos;
  std::size_t end = close == std::string_view::npos ? text.find(':') : close + 1;
  std::string_view host = text.substr(0, end);
  if (end < text.size() && (text[end] != ':' || !is_port(text.substr(end + 1)))) return false;
  if (close != std::string_view::npos)
    return only(host.substr(1, host.size() - 2), "0123456789abcdefABCDEF:");
  return only(host, kHost) && host.front() != '-' && host.front() != '.' && host.back() != '-';
}

// "sha256:" and 64 digits; other algorithms have at least 32.
bool is_digest(std::string_view text) {
  auto colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  std::string_view algorithm = text.substr(0, colon);
  std::string_view hex = text.substr(colon + 1);
  if (!only(algorithm, kLower) || !only(hex, kHex)) return false;
  if (algorithm == "sha256") return hex.size() == 64;
  if (algorithm == "sha512") return hex.size() == 128;
  return hex.size() >= 32 && hex.size() <= 256;
}

// The first part names a registry when it cannot be a folder of the default one.
bool looks_like_registry(std::string_view part) {
  return part == "localhost" || part.find_first_of(".:[") != std::string_view::npos ||
         part.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string_view::npos;
}

tl::unexpected<Error> wrong(std::string_view text, std::string_view why) {
  return fail(ErrorCode::kInvalid, json_quote(text) + " is no image: " + std::string(why),
              "for example \"registry.example.com/team/api:v1.2.0\"");
}

}  // namespace

std::string ImageRef::name() const { return registry.empty() ? repository : registry + "/" + repository; }

std::string ImageRef::to_string() const {
  return name() + (tag.empty() ? "" : ":" + tag) + (digest.empty() ? "" : "@" + digest);
}

ImageRef ImageRef::pinned(std::string digest_to_have) const {
  return {registry, repository, "", std::move(digest_to_have)};
}

Result<ImageRef> parse_image(std::string_view text) {
  ImageRef image;
  std::string_view rest = text;
  if (auto at = rest.find('@'); at != std::string_view::npos) {
    image.digest = rest.substr(at + 1);
    if (!is_digest(image.digest))
      return wrong(text, "behind @ stands a digest, sha256: and 64 digits of 0-9, a-f");
    rest = rest.substr(0, at);
  }
  // A colon behind the last slash is the tag's; one before it is a port's.
  auto slash = rest.rfind('/');
  auto colon = rest.rfind(':');
  if (colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash)) {
    image.tag = rest.substr(colon + 1);
    if (!only(image.tag, kTag) || image.tag.size() > 128 || image.tag[0] == '.' || image.tag[0] == '-')
      return wrong(text, "a tag is 1 to 128 of A-Z, a-z, 0-9, _, . and -");
    rest = rest.substr(0, colon);
  }
  auto first = rest.find('/');
  if (first != std::string_view::npos && looks_like_registry(rest.substr(0, first))) {
    image.registry = rest.substr(0, first);
    if (!is_registry(image.registry))
      return wrong(text, "before the first / stands a host, and perhaps :PORT");
    rest = rest.substr(first + 1);
  }
  image.repository = rest;
  auto parts = split(rest, '/');
  if (rest.empty() || rest.size() > 255 || !std::all_of(parts.begin(), parts.end(), is_path_part))
    return wrong(text, "a name is of a-z and 0-9, joined by . _ - and /");
  return image;
}

Result<void> check_image(std::string_view text) {
  auto image = parse_image(text);
  if (image) return {};
  return fail(std::move(image.error()));
}

std::string version_of_image(std::string_view text) {
  auto image = parse_image(text);
  return image ? image->tag : "";
}

}  // namespace mcp::service
