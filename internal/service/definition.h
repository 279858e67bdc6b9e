#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "internal/config/report.h"
#include "internal/service/spec.h"

namespace mcp::service {

// A service definition: one TOML file that says what a service is.
//
//   name = "metacrypt"
//   node = "rift"
//   active = true                 # the default
//
//   [[components]]
//   name = "api"
//   image = "registry.example.com/metacrypt:v1.2.0"
//   ports = ["127.0.0.1:8443:8443"]
//
//   [components.health]
//   cmd = ["/bin/check"]

// The longest file that is read.
inline constexpr std::size_t kMaxDefinitionBytes = 1 << 20;

// Every mistake goes to the report, with file, line, column and remedy; then there is no spec. `path` is only
// quoted.
std::optional<ServiceSpec> parse_definition(const std::string& path, std::string_view text,
                                            config::Report& report);

// The spec as a file that parse_definition() reads back to the same spec. What is as it would be without a
// key is left out.
std::string render_definition(const ServiceSpec& spec);

// One component's part of it: equal texts, equal containers.
std::string render_component(const ComponentSpec& component);

// The text with `active` as given: only the word behind it changes; where it is missing and must be false,
// one line is put in front of `name`. Errors: kConfig, when the text is no definition.
Result<std::string> with_active(const std::string& path, std::string_view text, bool active);

}  // namespace mcp::service
