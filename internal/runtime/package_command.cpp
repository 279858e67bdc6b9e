#include "internal/runtime/package_command.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "internal/base/strings.h"
#include "internal/crypto/hash.h"

namespace mcp::runtime {
namespace {

using Tool = PackageCommand::Tool;

// An option of a runner: what is to be done with it, and with the word behind it.
struct Option {
  enum class Use { kIgnore, kPass, kSpec, kFrom, kWith };
  std::string_view name;
  Use use = Use::kIgnore;
  bool has_value = false;
};

constexpr auto kNpmOptions = std::to_array<Option>({
    {"-y"},
    {"--yes"},
    {"-n"},
    {"--no"},
    {"-q"},
    {"--quiet"},
    {"-s"},
    {"--silent"},
    {"--prefer-online"},
    {"--ignore-existing"},
    {"--no-install"},
    {"-p", Option::Use::kSpec, true},
    {"--package", Option::Use::kSpec, true},
    {"--registry", Option::Use::kPass, true},
    {"--prefer-offline", Option::Use::kPass},
    {"--offline", Option::Use::kPass},
    {"--legacy-peer-deps", Option::Use::kPass},
    {"--loglevel", Option::Use::kIgnore, true},
});
constexpr auto kUvOptions = std::to_array<Option>({
    {"-q"},
    {"--quiet"},
    {"--isolated"},
    {"-v"},
    {"--verbose"},
    {"--no-progress"},
    {"--refresh"},
    {"-U"},
    {"--upgrade"},
    {"--from", Option::Use::kFrom, true},
    {"-w", Option::Use::kWith, true},
    {"--with", Option::Use::kWith, true},
    {"-p", Option::Use::kPass, true},
    {"--python", Option::Use::kPass, true},
    {"--index", Option::Use::kPass, true},
    {"--default-index", Option::Use::kPass, true},
    {"-i", Option::Use::kPass, true},
    {"--index-url", Option::Use::kPass, true},
    {"--extra-index-url", Option::Use::kPass, true},
    {"--prerelease", Option::Use::kPass, true},
    {"-f", Option::Use::kPass, true},
    {"--find-links", Option::Use::kPass, true},
    {"--no-index", Option::Use::kPass},
    {"--native-tls", Option::Use::kPass},
    {"--offline", Option::Use::kPass},
});
constexpr auto kPipxOptions = std::to_array<Option>({
    {"-q"},
    {"--quiet"},
    {"-v"},
    {"--verbose"},
    {"--no-cache"},
    {"--spec", Option::Use::kFrom, true},
    {"--python", Option::Use::kPass, true},
    {"--pip-args", Option::Use::kPass, true},
    {"-i", Option::Use::kPass, true},
    {"--index-url", Option::Use::kPass, true},
    {"--system-site-packages", Option::Use::kPass},
});

std::string base(const std::string& path) { return path.substr(path.rfind('/') + 1); }

tl::unexpected<Error> not_understood(const std::string& runner, const std::string& what) {
  return fail(ErrorCode::kUnsupported, "command \"" + base(runner) + "\": " + what,
              "install the package yourself and name its program as command, or set profile = \"none\"");
}

// "name@1.2" as uvx has it, "name==1.2" as everybody else in Python does.
std::string python_spec(const std::string& text) {
  auto at = text.find('@');
  if (at == std::string::npos || at == 0) return text;
  std::string name = text.substr(0, at), version = text.substr(at + 1);
  if (version == "latest") return name;
  bool number = !version.empty() &&
                version.find_first_not_of("0123456789.abcdefghijklmnopqrstuvwxyz+-") == std::string::npos;
  return number ? name + "==" + version : text;
}

// "server[extra]==1.2" has the program "server".
std::string python_program(const std::string& text) { return text.substr(0, text.find_first_of("[@=<>~! ")); }

bool is_folder_spec(const std::string& spec) {
  return spec == "." || spec == ".." || spec.starts_with("./") || spec.starts_with("../") ||
         spec.starts_with("~/") || spec.starts_with("file:");
}

class Parser {
 public:
  Parser(Tool tool, const std::string& runner, std::span<const Option> known)
      : runner_(runner), known_(known) {
    wanted_.tool = tool;
    wanted_.runner = runner;
  }

  Result<std::optional<PackageCommand>> run(std::span<const std::string> words) {
    std::size_t at = 0;
    for (; at < words.size() && words[at].starts_with('-') && words[at] != "--"; ++at)
      MCP_TRY(option(words, at));
    bool dashes = at < words.size() && words[at] == "--";
    if (dashes) ++at;
    if (at == words.size()) return not_understood(runner_, "names no program");
    name(words[at++]);
    for (const std::string& spec : wanted_.specs) {
      if (!is_folder_spec(spec)) continue;
      return not_understood(runner_, json_quote(spec) + " is a folder, not a package");
    }
    // npm takes its own options from behind the name too, until "--".
    bool npm = wanted_.tool == Tool::kNpm && base(runner_) == "npm" && !dashes;
    if (npm && at < words.size() && words[at] == "--") ++at;
    wanted_.args.assign(words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
    return std::optional(std::move(wanted_));
  }

 private:
  // words[at] begins with "-"; `at` is left on its last word.
  Result<void> option(std::span<const std::string> words, std::size_t& at) {
    const std::string& word = words[at];
    auto equals = word.find('=');
    std::string name = word.substr(0, equals);
    auto known = std::find_if(known_.begin(), known_.end(), [&](const Option& o) { return o.name == name; });
    if (known == known_.end()) return not_understood(runner_, json_quote(name) + " is not understood");
    std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
    if (known->has_value && equals == std::string::npos) {
      if (at + 1 == words.size()) return not_understood(runner_, json_quote(name) + " lacks its value");
      value = words[++at];
    }
    take(*known, name, value);
    return {};
  }

  void take(const Option& option, const std::string& name, const std::string& value) {
    switch (option.use) {
      case Option::Use::kIgnore: return;
      case Option::Use::kSpec: return wanted_.specs.push_back(value);
      case Option::Use::kFrom: return wanted_.specs.assign({value});
      case Option::Use::kWith:
      case Option::Use::kPass:
        // In one word: a value may look like an option.
        wanted_.options.push_back(option.has_value && name.starts_with("--") ? name + "=" + value : name);
        if (option.has_value && !name.starts_with("--")) wanted_.options.push_back(value);
    }
  }

  void name(const std::string& word) {
    bool npm = wanted_.tool == Tool::kNpm;
    if (!wanted_.specs.empty()) {
      wanted_.program = npm ? word : python_program(word);
      return;
    }
    wanted_.specs.push_back(npm ? word : python_spec(word));
    if (!npm) wanted_.program = python_program(word);
  }

  std::string runner_;
  std::span<const Option> known_;
  PackageCommand wanted_;
};

// Where the version of "@scope/name@version" begins; npos: there is none.
std::size_t version_at(const std::string& spec) {
  auto at = spec.rfind('@');
  return at == 0 || at == std::string::npos ? std::string::npos : at + 1;
}

bool is_exact(const std::string& version) {
  bool plain = version.find_first_not_of("0123456789.-+abcdefghijklmnopqrstuvwxyz") == std::string::npos;
  return plain && !version.empty() && version[0] >= '0' && version[0] <= '9' &&
         std::count(version.begin(), version.end(), '.') >= 2 && version.find(".x") == std::string::npos;
}

}  // namespace

Result<std::optional<PackageCommand>> parse_package_command(const std::string& command,
                                                            const std::vector<std::string>& args) {
  std::string name = base(command);
  std::span<const std::string> words(args);
  auto word = [&args](std::size_t i) { return i < args.size() ? args[i] : std::string(); };
  if (name == "npx") return Parser(Tool::kNpm, command, kNpmOptions).run(words);
  if (name == "npm" && (word(0) == "exec" || word(0) == "x"))
    return Parser(Tool::kNpm, command, kNpmOptions).run(words.subspan(1));
  if (name == "uvx") return Parser(Tool::kUv, command, kUvOptions).run(words);
  if (name == "uv" && word(0) == "tool" && word(1) == "run")
    return Parser(Tool::kUv, command, kUvOptions).run(words.subspan(2));
  if (name == "pipx" && word(0) == "run")
    return Parser(Tool::kPipx, command, kPipxOptions).run(words.subspan(1));
  bool downloads = name == "bunx" || name == "pnpx" || (name == "bun" && word(0) == "x") ||
                   ((name == "pnpm" || name == "yarn") && word(0) == "dlx");
  if (!downloads) return std::optional<PackageCommand>();
  return fail(ErrorCode::kUnsupported,
              "command \"" + name + "\" downloads its package at every start, which no sandbox allows",
              "write npx -y PACKAGE instead, or set profile = \"none\"");
}

bool is_pinned(const PackageCommand& wanted) {
  return std::all_of(wanted.specs.begin(), wanted.specs.end(), [&wanted](const std::string& spec) {
    if (wanted.tool != Tool::kNpm) return spec.find("==") != std::string::npos;
    auto at = version_at(spec);
    return at != std::string::npos && is_exact(spec.substr(at));
  });
}

std::string describe(const PackageCommand& wanted) {
  std::string out;
  for (const std::string& spec : wanted.specs) out += (out.empty() ? "" : ", ") + spec;
  return out;
}

std::string key_of(const PackageCommand& wanted) {
  constexpr std::size_t kReadable = 64, kDigits = 12;
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@._-";
  std::string all = std::to_string(static_cast<int>(wanted.tool));
  for (const auto* words : {&wanted.specs, &wanted.options}) {
    for (const std::string& word : *words) all.append("\n").append(word);
    all += "\n";
  }
  std::string key = wanted.specs.front().substr(0, kReadable);
  for (char& c : key) {
    if (kPlain.find(c) == std::string_view::npos) c = '+';
  }
  return key + "-" + crypto::sha256_hex(all).substr(0, kDigits);
}

}  // namespace mcp::runtime
