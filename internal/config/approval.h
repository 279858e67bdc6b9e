#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "internal/base/env.h"
#include "internal/config/document.h"

namespace mcp::config {

// A file found in the current directory can start commands, so somebody must have said yes to this very
// content at this very path. The yeses are kept in STATE_DIRECTORY/approved, one "SHA-256 PATH" a line, 0600,
// newest last.
class Approvals {
 public:
  static constexpr std::size_t kMax = 1000;  // the oldest are forgotten

  Approvals(Env& env, std::string state_directory) : env_(env), directory_(std::move(state_directory)) {}

  // Errors: kIo, kDenied when the list is there and cannot be read.
  Result<bool> is_approved(const std::string& path, std::string_view content);
  Result<void> approve(const std::string& path, std::string_view content);

 private:
  Result<std::vector<std::string>> lines();
  std::string file() const { return directory_ + "/approved"; }

  Env& env_;
  std::string directory_;
};

// What the file would do, a line each, for the eyes of whoever is asked: "files: runs npx -y …",
// "search: connects to https://…", "listens on 0.0.0.0:80". Without values of env and headers; safe on a
// terminal.
std::vector<std::string> summarise(const Document& parsed);

// The refusal where nobody can be asked. kDenied.
Error not_approved(const std::string& path);

}  // namespace mcp::config
