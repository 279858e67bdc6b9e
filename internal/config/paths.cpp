#include "internal/config/paths.h"

#include <sys/stat.h>

#include "internal/config/secret.h"
#include "internal/sandbox/paths.h"

namespace mcp::config {
namespace {

std::string xdg(Env& env, const std::string& variable, const std::string& below_home) {
  // XDG base directory specification: a relative path in one of its variables is to be ignored.
  auto base = env.variable(variable);
  if (base && base->starts_with('/')) return *base;
  auto home = env.variable("HOME");
  if (!home || home->empty()) return "";
  return *home + below_home;
}

std::string absolute(Env& env, const std::string& path) {
  return path.starts_with('/') ? path : env.current_directory() + "/" + path;
}

}  // namespace

std::string user_config_file(Env& env) {
  std::string base = xdg(env, "XDG_CONFIG_HOME", "/.config");
  return base.empty() ? "" : base + "/mcp/mcp.toml";
}

std::string state_directory(Env& env) {
  std::string base = xdg(env, "XDG_STATE_HOME", "/.local/state");
  return base.empty() ? "" : base + "/mcp";
}

Error no_state_directory() {
  return {ErrorCode::kConfig, "no state directory: neither XDG_STATE_HOME nor HOME is set",
          "give --state-dir"};
}

std::array<std::string, 2> local_config_files(Env& env) {
  return {absolute(env, "mcp.toml"), absolute(env, "mcp.json")};
}

std::vector<File> configuration_files(Env& env, const std::string& named, bool with_local) {
  std::vector<File> files{{.path = "/etc/mcp/mcp.toml"}};
  if (std::string user = user_config_file(env); !user.empty()) files.push_back({.path = user});
  if (!named.empty()) {
    files.push_back({.path = absolute(env, named), .required = true});
  } else if (with_local) {
    auto candidates = local_config_files(env);
    files.push_back({.path = env.exists(candidates[0]) ? candidates[0] : candidates[1], .local = true});
  }
  return files;
}

std::string directory_of(const std::string& path) {
  auto slash = path.rfind('/');
  if (slash == std::string::npos) return "";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string anchor_folder(Env& env, const std::string& directory, const std::string& path) {
  bool relative = !path.empty() && !path.starts_with('/') && !path.starts_with("~/") && !directory.empty();
  if (!relative) return anchor_path(env, directory, path);
  std::string base = directory;
  std::string rest = path;
  for (;;) {
    std::string first = rest.substr(0, rest.find('/'));
    if (rest.empty() || (!first.empty() && first != "." && first != "..")) break;
    if (first == "..") {
      std::string real = sandbox::real_path(base);
      base = sandbox::folder_of(real.empty() ? base : real);
    }
    rest = first.size() == rest.size() ? "" : rest.substr(first.size() + 1);
  }
  if (rest.empty()) return base;
  return (base == "/" ? "" : base) + "/" + rest;
}

Result<std::string> read_regular_file(Env& env, const std::string& path, std::size_t max_bytes) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0 || S_ISREG(about.st_mode)) return env.read_file(path, max_bytes);
  return fail(ErrorCode::kConfig, path + " is not a regular file",
              "pipes, devices and folders are not read: write it into a file");
}

}  // namespace mcp::config
