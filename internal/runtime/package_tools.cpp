#include "internal/runtime/package_tools.h"

#include <algorithm>
#include <span>
#include <string_view>

#include "internal/base/strings.h"

namespace mcp::runtime {
namespace {

using Tool = PackageCommand::Tool;

constexpr std::size_t kMaxSettings = 1 << 20;
constexpr std::size_t kMaxLock = 64 << 20;

constexpr std::string_view kProxies[] = {"http_proxy", "https_proxy", "no_proxy", "all_proxy"};
constexpr std::string_view kCertificates[] = {"SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS",
                                              "REQUESTS_CA_BUNDLE"};

// npm's settings that name programs or what they load. A package that comes by git is prepared in a folder of
// its own, whose .npmrc npm reads and the environment outranks. An empty value would not count as one.
constexpr std::pair<std::string_view, std::string_view> kNpmPrograms[] = {
    {"npm_config_git", "git"},
    {"npm_config_node_options", "--no-deprecation"},
    {"npm_config_script_shell", "sh"},
    {"npm_config_shell", "sh"}};

bool is_one_of(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::string_view> prefixes_of(Tool tool) {
  switch (tool) {
    case Tool::kNpm: return {"npm_config_", "npm_token"};
    case Tool::kUv: return {"uv_"};
    case Tool::kPipx: return {"pip_"};
  }
  return {};
}

// Files and folders that the variables name and that lie where no sandbox shows them.
void show_certificates(const std::map<std::string, std::string>& variables, ToolRun& run) {
  for (std::string_view name : kCertificates) {
    auto found = variables.find(std::string(name));
    if (found != variables.end() && found->second.starts_with('/')) run.read.push_back(found->second);
  }
}

std::string npm_settings(Env& env) {
  if (auto named = env.variable("NPM_CONFIG_USERCONFIG")) return *named;
  if (auto named = env.variable("npm_config_userconfig")) return *named;
  return env.variable("HOME").value_or("") + "/.npmrc";
}

bool ignores_scripts(Env& env) {
  for (const char* name : {"npm_config_ignore_scripts", "NPM_CONFIG_IGNORE_SCRIPTS"}) {
    if (env.variable(name) == "true") return true;
  }
  auto text = env.read_file(npm_settings(env), kMaxSettings);
  if (!text) return false;
  for (std::string_view line : split(*text, '\n')) {
    auto equals = line.find('=');
    bool named = equals != std::string_view::npos && trim(line.substr(0, equals)) == "ignore-scripts";
    if (named && trim(line.substr(equals + 1)) == "true") return true;
  }
  return false;
}

// --find-links=/wheels, --pip-args "--find-links /wheels": what the options name has to be there.
void show_options(Env& env, const PackageCommand& wanted, ToolRun& run) {
  for (const std::string& option : wanted.options) {
    for (std::string_view word : split(option, ' ')) {
      auto slash = word.find('/');
      bool path = slash == 0 || (slash != std::string_view::npos && word[slash - 1] == '=');
      if (path && env.exists(std::string(word.substr(slash)))) run.read.emplace_back(word.substr(slash));
    }
  }
}

// Unless the user's own environment says otherwise, in whatever case.
void settle_programs(std::map<std::string, std::string>& environment) {
  for (const auto& [name, value] : kNpmPrograms) {
    bool said = std::any_of(environment.begin(), environment.end(), [wanted = name](const auto& one) {
      return to_lower(one.first) == wanted && !one.second.empty();
    });
    if (!said) environment[std::string(name)] = value;
  }
}

ToolRun npm_run(Env& env, const PackageCommand& wanted, const std::string& folder) {
  ToolRun run;
  run.environment = manager_variables(env.variables(), Tool::kNpm);
  show_certificates(run.environment, run);
  run.environment["npm_config_cache"] = folder + "/.cache";
  run.environment["TMPDIR"] = folder + "/.tmp";
  settle_programs(run.environment);
  run.argv = {manager_of(wanted)};
  return run;
}

ToolRun fetch_npm(Env& env, const PackageCommand& wanted, const std::string& folder) {
  ToolRun run = npm_run(env, wanted, folder);
  for (const char* word : {"install", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund",
                           "--no-update-notifier", "--no-progress", "--global=false", "--prefix"})
    run.argv.emplace_back(word);
  run.argv.push_back(folder);
  run.argv.insert(run.argv.end(), wanted.options.begin(), wanted.options.end());
  run.argv.emplace_back("--");
  run.argv.insert(run.argv.end(), wanted.specs.begin(), wanted.specs.end());
  for (const std::string& settings : {npm_settings(env), std::string("/etc/npmrc")}) {
    if (env.exists(settings)) run.read.push_back(settings);
  }
  run.environment["npm_config_userconfig"] = npm_settings(env);
  for (const std::string& spec : wanted.specs) {
    if (spec.starts_with('/') && env.exists(spec)) run.read.push_back(spec);
  }
  show_options(env, wanted, run);
  run.says = "npm install";
  return run;
}

ToolRun fetch_uv(Env& env, const PackageCommand& wanted, const std::string& folder) {
  ToolRun run;
  run.environment = manager_variables(env.variables(), Tool::kUv);
  show_certificates(run.environment, run);
  run.environment.insert({{"UV_CACHE_DIR", folder + "/.cache"},
                          {"UV_LINK_MODE", "copy"},
                          {"UV_NO_PROGRESS", "1"},
                          {"UV_PYTHON_INSTALL_DIR", folder + "/python"},
                          {"UV_TOOL_BIN_DIR", folder + "/bin"},
                          {"UV_TOOL_DIR", folder + "/tools"}});
  run.environment["TMPDIR"] = folder + "/.tmp";
  run.argv = {manager_of(wanted), "tool", "install"};
  run.argv.insert(run.argv.end(), wanted.options.begin(), wanted.options.end());
  run.argv.push_back(wanted.specs.front());
  std::string settings = env.variable("HOME").value_or("") + "/.config/uv/uv.toml";
  if (env.exists(settings)) {
    run.read.push_back(settings);
    run.environment["UV_CONFIG_FILE"] = settings;
  }
  show_options(env, wanted, run);
  run.says = "uv tool install";
  return run;
}

ToolRun fetch_pipx(Env& env, const PackageCommand& wanted, const std::string& folder) {
  ToolRun run;
  run.environment = manager_variables(env.variables(), Tool::kPipx);
  show_certificates(run.environment, run);
  run.environment.insert({{"PIPX_HOME", folder + "/pipx"},
                          {"PIPX_BIN_DIR", folder + "/bin"},
                          {"PIP_CACHE_DIR", folder + "/.cache"},
                          {"USE_EMOJI", "0"}});
  run.environment["TMPDIR"] = folder + "/.tmp";
  run.argv = {manager_of(wanted), "install"};
  run.argv.insert(run.argv.end(), wanted.options.begin(), wanted.options.end());
  run.argv.push_back(wanted.specs.front());
  std::string settings = env.variable("HOME").value_or("") + "/.config/pip/pip.conf";
  if (env.exists(settings)) {
    run.read.push_back(settings);
    run.environment["PIP_CONFIG_FILE"] = settings;
  }
  show_options(env, wanted, run);
  run.says = "pipx install";
  return run;
}

}  // namespace

std::string manager_of(const PackageCommand& wanted) {
  std::string name = wanted.tool == Tool::kNpm ? "npm" : wanted.tool == Tool::kUv ? "uv" : "pipx";
  auto slash = wanted.runner.rfind('/');
  return slash == std::string::npos ? name : wanted.runner.substr(0, slash + 1) + name;
}

ToolRun fetch_run(Env& env, const PackageCommand& wanted, const std::string& folder) {
  switch (wanted.tool) {
    case Tool::kUv: return fetch_uv(env, wanted, folder);
    case Tool::kPipx: return fetch_pipx(env, wanted, folder);
    case Tool::kNpm: break;
  }
  return fetch_npm(env, wanted, folder);
}

std::optional<ToolRun> build_run(Env& env, const PackageCommand& wanted, const std::string& folder) {
  if (wanted.tool != Tool::kNpm) return std::nullopt;
  auto lock = env.read_file(folder + "/node_modules/.package-lock.json", kMaxLock);
  bool wants = lock && lock->find("\"hasInstallScript\": true") != std::string::npos;
  if (!wants || ignores_scripts(env)) return std::nullopt;
  ToolRun run = npm_run(env, wanted, folder);
  // Tokens in the environment are settings too.
  std::erase_if(run.environment, [](const auto& one) {
    std::string name = to_lower(one.first);
    return name.find("token") != std::string::npos || name.find("auth") != std::string::npos ||
           name.find("password") != std::string::npos;
  });
  run.environment["npm_config_userconfig"] = "/dev/null";
  run.argv.insert(run.argv.end(), {"rebuild", "--no-update-notifier", "--no-progress", "--prefix", folder});
  run.says = "npm rebuild";
  return run;
}

std::map<std::string, std::string> manager_variables(const std::map<std::string, std::string>& all,
                                                     Tool tool) {
  std::map<std::string, std::string> out;
  auto prefixes = prefixes_of(tool);
  for (const auto& [name, value] : all) {
    std::string lower = to_lower(name);
    bool own = std::any_of(prefixes.begin(), prefixes.end(),
                           [&lower](std::string_view prefix) { return lower.starts_with(prefix); });
    if (own || is_one_of(kProxies, lower) || is_one_of(kCertificates, name)) out[name] = value;
  }
  return out;
}

}  // namespace mcp::runtime
