#pragma once

#include <string>
#include <string_view>

#include "internal/base/error.h"

namespace mcp::service {

// An image reference in its parts (the grammar of distribution/reference). Nothing is completed: "busybox"
// has no registry, no tag and no digest.
struct ImageRef {
  std::string registry;    // "registry.example.com:5000", "localhost", "" (the runtime's default)
  std::string repository;  // "team/api"
  std::string tag;         // "v1.2.0"
  std::string digest;      // "sha256:9f58…"

  // As it was written.
  std::string to_string() const;
  // Registry and repository: what a tag and a digest are of.
  std::string name() const;
  // The same image, held fast: without the tag, with this digest.
  ImageRef pinned(std::string digest_to_have) const;

  friend bool operator==(const ImageRef&, const ImageRef&) = default;
};

// Errors: kInvalid, with the reason.
Result<ImageRef> parse_image(std::string_view text);
Result<void> check_image(std::string_view text);

// The tag: "registry/img:v1.2.0" -> "v1.2.0"; "" when there is none, or when it is no reference at all.
std::string version_of_image(std::string_view text);

}  // namespace mcp::service
