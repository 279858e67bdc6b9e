#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "internal/base/env.h"
#include "internal/base/error.h"
#include "internal/json/value.h"

namespace mcp::cmd {

// What `mcp call` is asked to do, from its words: "tools list", "tool NAME", "resource URI" …
struct CallVerb {
  enum class Kind { kDiscover, kList, kTool, kResource, kPrompt };
  Kind kind = Kind::kDiscover;
  std::string list_method;  // kList: "tools/list"
  std::string subject;      // tool or prompt name, uri
};
// Errors: kUsage, with the nearest right word.
Result<CallVerb> parse_verb(const std::vector<std::string>& words);

// "NAME: VALUE" as a header field for a remote server, by the rules that the configuration has for `headers`:
// the value may be a reference such as file:PATH or hold ${env:NAME}. Errors: kUsage.
Result<std::pair<std::string, std::string>> parse_header(const std::string& text);

// k=v pairs into an arguments object, each value typed by the tool's inputSchema (raw, may be empty): strings
// stay strings, everything else is read as JSON. Errors: kUsage.
Result<std::string> typed_arguments(const std::vector<std::string>& pairs, std::string_view input_schema);
// k=v pairs as strings: prompt arguments.
Result<std::string> text_arguments(const std::vector<std::string>& pairs);
// --json-args: a file, "-" for stdin, or the object itself. Errors: kUsage, kNotFound.
Result<std::string> read_json_arguments(Env& env, const std::string& source);

}  // namespace mcp::cmd
