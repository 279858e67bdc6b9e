#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "internal/base/env.h"
#include "internal/base/error.h"
#include "internal/config/server_entry.h"

namespace mcp::config {

// A value that may be a secret, as written in a configuration: "file:PATH", "env:NAME", or a template
// (text_template.h) such as "Bearer ${TOKEN}"; "text:" in front of a template keeps one that begins with
// "file:" from being a reference. It stays as written until it is used.

// Is it written correctly? Pure. Errors: kInvalid.
Result<void> check_secret(std::string_view text);

// The text itself; one line end after a file's content is dropped. Relative paths: see anchor_secret().
// Errors: kConfig, naming the variable or the path, never a content.
Result<std::string> resolve_secret(Env& env, std::string_view text);

// What may be shown of it: references as they are, everything else as "(hidden)".
std::string shown_secret(std::string_view text);

// "file:x" as it is meant in a file of `directory`. "~/" is the home directory.
std::string anchor_secret(Env& env, const std::string& directory, std::string_view text);
std::string anchor_path(Env& env, const std::string& directory, std::string_view path);

// What a server is started with: env_file first, then `env`, which wins. For the moment of use, like
// resolve_secret().
Result<std::map<std::string, std::string>> resolve_environment(Env& env, const ServerEntry& entry);
Result<std::vector<std::pair<std::string, std::string>>> resolve_headers(Env& env, const ServerEntry& entry);

// The files that a secret, or a server's env_file, env and headers, are read from.
std::vector<std::string> files_of_secret(std::string_view text);
// The variables that a secret is read from, without those that it has a default for.
std::vector<std::string> variables_of_secret(std::string_view text);
std::vector<std::string> secret_files(const ServerEntry& entry);
// A digest over what the server is started with, as it can be read now: another one says that a secret was
// changed. Never shown.
std::string secrets_digest(Env& env, const ServerEntry& entry);

// NAME=VALUE lines, # comments, an optional "export ", single or double quotes around a value.
// Errors: kConfig, "PATH:LINE: …", without the line's content.
Result<std::map<std::string, std::string>> parse_env_file(const std::string& path, std::string_view content);

}  // namespace mcp::config
