#pragma once

#include <string>
#include <vector>

#include "internal/base/error.h"
#include "internal/config/value.h"

namespace mcp::config {

// What was found wrong in a configuration: all of it, up to a bound, so that one run shows every mistake.
// Control characters in what is reported become escapes (base/printable.h).
class Report {
 public:
  static constexpr std::size_t kMaxEach = 50;

  // "/x/mcp.toml:3:1: unknown key …"; the code is kConfig.
  void error(const Origin& where, std::string message, std::string hint = {});
  void warn(const Origin& where, std::string message, std::string hint = {});
  // As it is.
  void add(Error error);
  void warn(Error warning);

  bool ok() const { return errors_.empty(); }
  const std::vector<Error>& errors() const { return errors_; }
  const std::vector<Error>& warnings() const { return warnings_; }
  // The first error, for callers that can carry only one; its hint says how many more there are.
  Error first() const;

 private:
  std::vector<Error> errors_;
  std::vector<Error> warnings_;
};

}  // namespace mcp::config
