#include "internal/service/definition_files.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include <sys/stat.h>

#include "internal/service/definition.h"
#include "internal/service/naming.h"

namespace mcp::service {
namespace {

namespace fs = std::filesystem;

constexpr int kNewFileMode = 0644;

// Where the bytes are, through symbolic links.
std::string real_path(const std::string& path) {
  std::error_code failed;
  fs::path real = fs::canonical(path, failed);
  return failed ? path : real.string();
}

int mode_of(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 ? static_cast<int>(about.st_mode & 07777) : kNewFileMode;
}

Result<void> replace(Env& env, const std::string& path, std::string_view content) {
  std::string real = real_path(path);
  int mode = mode_of(real);
  MCP_TRY(env.write_file(real, content, mode));
  // The umask took bits away from a file that was made anew.
  ::chmod(real.c_str(), static_cast<mode_t>(mode));
  return {};
}

std::vector<std::string> definition_paths(const std::string& directory, config::Report& report) {
  std::vector<std::string> paths;
  std::error_code failed;
  fs::directory_iterator entries(directory, failed);
  if (failed) {
    if (failed != std::errc::no_such_file_or_directory)
      report.add(
          os_error("read folder " + directory, failed.value()).with_hint("look at its owner and mode"));
    return paths;
  }
  for (; entries != fs::directory_iterator(); entries.increment(failed)) {
    const fs::path& path = entries->path();
    if (path.extension() == ".toml" && !path.filename().string().starts_with('.'))
      paths.push_back(path.string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

void check_together(const std::vector<LoadedDefinition>& loaded, config::Report& report) {
  std::map<std::string, std::string> files;  // by service
  std::vector<ServiceSpec> specs;
  for (const auto& [path, spec] : loaded) {
    auto [first, fresh] = files.emplace(spec.name, path);
    if (!fresh) {
      report.add({ErrorCode::kConfig,
                  path + ": service \"" + spec.name + "\" is defined in " + first->second + " too",
                  "remove one of the two files"});
      continue;
    }
    if (fs::path(path).stem() != spec.name)
      report.warn({ErrorCode::kConfig, path + ": is of service \"" + spec.name + "\"",
                   "commands look for it in " + spec.name + ".toml: rename the file"});
    specs.push_back(spec);
  }
  if (auto right = check_container_names(specs); !right)
    report.add({ErrorCode::kConfig, right.error().message, right.error().hint});
}

}  // namespace

std::optional<ServiceSpec> load_definition(Env& env, const std::string& path, config::Report& report) {
  auto text = env.read_file(path, kMaxDefinitionBytes);
  if (text) return parse_definition(path, *text, report);
  Error error = std::move(text.error());
  if (error.hint.empty()) error.hint = "a definition is a TOML file that you may read";
  report.add(std::move(error));
  return std::nullopt;
}

std::vector<LoadedDefinition> load_definitions(Env& env, const std::string& directory,
                                               config::Report& report) {
  std::vector<LoadedDefinition> loaded;
  auto paths = definition_paths(directory, report);
  if (paths.size() > kMaxDefinitions) {
    report.add({ErrorCode::kLimit,
                directory + ": more than " + std::to_string(kMaxDefinitions) + " definitions",
                "use a folder for each group of nodes"});
    return loaded;
  }
  for (const auto& path : paths) {
    if (auto spec = load_definition(env, path, report)) loaded.push_back({path, std::move(*spec)});
  }
  check_together(loaded, report);
  return loaded;
}

Result<void> write_definition(Env& env, const std::string& path, const ServiceSpec& spec) {
  MCP_TRY(validate(spec));
  return replace(env, path, render_definition(spec));
}

Result<bool> set_active(Env& env, const std::string& path, bool active) {
  MCP_ASSIGN(std::string before, env.read_file(path, kMaxDefinitionBytes));
  MCP_ASSIGN(std::string after, with_active(path, before, active));
  if (after == before) return false;
  MCP_TRY(replace(env, path, after));
  return true;
}

}  // namespace mcp::service
