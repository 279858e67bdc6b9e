#include "internal/runtime/package_program.h"

#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "internal/base/strings.h"
#include "internal/json/value.h"

namespace mcp::runtime {
namespace {

using Installed = PackageStore::Installed;

constexpr std::size_t kMaxManifest = 4 << 20;

Result<json::Value> read_object(Env& env, const std::string& path) {
  MCP_ASSIGN(std::string text, env.read_file(path, kMaxManifest));
  auto value = json::parse(text);
  if (value && value->is_object()) return std::move(*value);
  return fail(ErrorCode::kMalformed, path + " is no JSON object", "install it anew: mcp install --update");
}

std::string text_of(const json::Value& object, const char* key) {
  auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string without_scope(const std::string& name) {
  auto slash = name.find('/');
  return name.starts_with('@') && slash != std::string::npos ? name.substr(slash + 1) : name;
}

std::string manifest_of(const std::string& folder, const std::string& name) {
  return folder + "/node_modules/" + name + "/package.json";
}

// A package's programs and their files: `bin` is an object, or one file under the package's own name.
std::map<std::string, std::string> programs_of(const json::Value& manifest) {
  std::map<std::string, std::string> programs;
  auto bin = manifest.find("bin");
  if (bin == manifest.end()) return programs;
  if (bin->is_string()) programs[without_scope(text_of(manifest, "name"))] = bin->get<std::string>();
  if (!bin->is_object()) return programs;
  for (const auto& [name, file] : bin->items()) {
    if (file.is_string()) programs[name] = file.get<std::string>();
  }
  return programs;
}

// libnpmexec, get-bin-from-manifest.js.
Result<std::string> npm_program(const json::Value& manifest) {
  auto programs = programs_of(manifest);
  std::set<std::string> files;
  for (const auto& [name, file] : programs) files.insert(file);
  std::string own = without_scope(text_of(manifest, "name"));
  if (files.size() == 1 && !programs.contains(own)) return programs.begin()->first;
  if (programs.contains(own)) return own;
  std::string names;
  for (const auto& [name, file] : programs) names += (names.empty() ? "" : ", ") + name;
  if (names.empty())
    return fail(ErrorCode::kNotFound, "package " + json_quote(text_of(manifest, "name")) + " has no program");
  return fail(ErrorCode::kNotFound,
              "package " + json_quote(text_of(manifest, "name")) + " has several programs: " + names,
              "choose one: npx --package=PACKAGE PROGRAM");
}

// npm writes down what it was asked for as the dependencies of the folder.
Result<Installed> look_at_npm(Env& env, const std::string& folder) {
  MCP_ASSIGN(json::Value top, read_object(env, folder + "/package.json"));
  auto wanted = top.find("dependencies");
  if (wanted == top.end() || !wanted->is_object() || wanted->empty())
    return fail(ErrorCode::kMalformed, "npm installed nothing into " + folder);
  Installed found{folder, wanted->begin().key(), ""};
  MCP_ASSIGN(json::Value manifest, read_object(env, manifest_of(folder, found.name)));
  found.version = text_of(manifest, "version");
  return found;
}

}  // namespace

Result<Installed> look_at_installation(Env& env, const PackageCommand& wanted, const std::string& folder) {
  if (wanted.tool == PackageCommand::Tool::kNpm) return look_at_npm(env, folder);
  const std::string& spec = wanted.specs.front();
  auto equals = spec.find("==");
  return Installed{folder, spec.substr(0, spec.find_first_of("[=<>~! ")),
                   equals == std::string::npos ? "" : spec.substr(equals + 2)};
}

Result<std::string> program_in(Env& env, const PackageCommand& wanted, const Installed& installed) {
  bool npm = wanted.tool == PackageCommand::Tool::kNpm;
  std::string name = wanted.program;
  if (npm && name.empty()) {
    MCP_ASSIGN(json::Value manifest, read_object(env, manifest_of(installed.folder, installed.name)));
    MCP_ASSIGN(name, npm_program(manifest));
  }
  std::string file = installed.folder + (npm ? "/node_modules/.bin/" : "/bin/") + name;
  bool plain = !name.empty() && name.find('/') == std::string::npos && name[0] != '.';
  if (plain && env.exists(file)) return file;
  return fail(ErrorCode::kNotFound,
              "package " + json_quote(describe(wanted)) + " has no program " + json_quote(name),
              "name the one that it has: npx --package=PACKAGE PROGRAM, uvx --from PACKAGE PROGRAM");
}

}  // namespace mcp::runtime
