#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "internal/base/env.h"
#include "internal/config/document.h"
#include "internal/config/report.h"
#include "internal/config/schema.h"

namespace mcp::config {

// One option of the command line that sets a key.
struct Setting {
  std::string section;  // "serve"
  std::string key;      // "listen"
  std::string text;
};

// A file found in the current directory, read and understood, not yet in effect.
struct LocalFile {
  const std::string& path;
  const std::string& content;
  const Document& parsed;
};

struct Sources {
  std::string file = {};  // --config: stands in place of the current directory's file
  bool local = true;      // look for ./mcp.toml, else ./mcp.json?
  std::vector<Setting> flags = {};
  // Asked before a file of the current directory takes effect; an error refuses it. None: it may (nothing is
  // started).
  std::function<Result<void>(const LocalFile&)> gate = {};
};

// Defaults < /etc/mcp/mcp.toml < the user's file < the current directory's or --config < environment < flags.
// Whatever is wrong goes to the report; the document holds what is right.
Document load(Env& env, const Schema& schema, const Sources& sources, Report& report);

// One file's content, TOML or JSON (by its name, else by its first character). JSON is foreign.h's.
Document parse_file(const Schema& schema, const std::string& path, std::string_view content, Report& report);

}  // namespace mcp::config
