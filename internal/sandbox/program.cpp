#include "internal/sandbox/program.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "internal/base/strings.h"
#include "internal/base/unique_fd.h"
#include "internal/sandbox/paths.h"

namespace mcp::sandbox {
namespace {

constexpr std::size_t kMaxLinks = 32;    // one after the other: more is a circle
constexpr std::size_t kMaxProject = 12;  // folders between a script and the top of its project

// Programs whose first argument that is a file is the program.
constexpr std::string_view kInterpreters[] = {"bash",    "bun",  "dash", "deno", "java",    "lua",  "node",
                                              "nodejs",  "perl", "php",  "pypy", "python",  "ruby", "sh",
                                              "ts-node", "tsx",  "zsh",  "R",    "Rscript", "julia"};
// What lies at the top of a project.
constexpr const char* kProjectFiles[] = {"/pyproject.toml",   "/setup.py",  "/setup.cfg",
                                         "/requirements.txt", "/deno.json", "/composer.json",
                                         "/Gemfile"};

// "python3.11" is python.
bool is_interpreter(const std::string& file) {
  std::string name = base_name(file);
  name.resize(name.find_last_not_of("0123456789.") + 1);
  return std::find(std::begin(kInterpreters), std::end(kInterpreters), name) != std::end(kInterpreters);
}

// Whatever lies there, opening it waits for nobody: a server may have put a pipe in a file's place.
std::string head_of(const std::string& path, std::size_t bytes) {
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat about {};
  if (!file || ::fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode)) return "";
  std::string text(bytes, '\0');
  ssize_t got = ::read(file.get(), text.data(), bytes);
  text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return text;
}

// node's own rule is any package.json; one that only says "type" marks a folder of the build.
bool is_project(const std::string& folder) {
  constexpr std::size_t kManifest = 64 << 10;
  if (exists(folder + "/package.json"))
    return head_of(folder + "/package.json", kManifest).find("\"name\"") != std::string::npos;
  return std::any_of(std::begin(kProjectFiles), std::end(kProjectFiles),
                     [&folder](const char* file) { return exists(folder + file); });
}

std::vector<std::string> written_by(const Command& command) {
  std::vector<std::string> paths = command.written;
  // Install scripts wrote it.
  if (!command.package.empty()) paths.push_back(command.package);
  return paths;
}

// Collects what a program consists of.
class Collector {
 public:
  explicit Collector(const Command& command)
      : command_(command), grants_(command.home, Written(written_by(command)), command.named) {}

  ProgramGrants run() {
    if (!command_.package.empty()) grants_.add(command_.package, "its package");
    std::string file = find_command(command_);
    if (!file.empty() && file[0] == '/') program(file);
    script(file);
    const std::string& directory = command_.directory;
    if (!directory.empty() && !grants_.too_much(directory))
      grants_.add(without_slash(directory), "working directory");
    if (command_.show_arguments) arguments();
    return {grants_.topmost(), grants_.refused()};
  }

 private:
  void add(const std::string& path) { grants_.add(path, "its program"); }

  // A program, every link on the way to it, and its interpreter.
  void program(const std::string& file) {
    Grants::Bounds bounds(grants_);
    std::string at = file;
    for (std::size_t i = 0; i < kMaxLinks; ++i) {
      if (is_known_interpreter(at)) bounds.lift();
      folder_of_program(at);
      char to[PATH_MAX] = {};
      ssize_t length = ::readlink(at.c_str(), to, sizeof to - 1);
      if (length <= 0) break;
      bounds.by_way_of(at);
      at = tidy(to[0] == '/' ? to : folder_of(at) + "/" + to);
    }
    std::string real = real_path(file);
    if (real.empty()) return;
    folder_of_program(real);
    interpreter(real);
  }

  // Found by way of what a server may write, and all the same what the user runs by that name: PATH leads to
  // it without any help of a server. A package was made by the package manager, which takes the python it
  // likes.
  bool is_known_interpreter(const std::string& at) const {
    if (grants_.bounds().empty() || !is_interpreter(at)) return false;
    std::string real = real_path(at);
    for (std::string_view folder : split(command_.path, ':')) {
      std::string candidate = std::string(folder) + "/" + base_name(at);
      Way way = follow(candidate);
      bool swayed = !grants_.written().around(way).empty() || !grants_.written().around(way.real).empty();
      if (!way.real.empty() && way.real == real && !swayed) return true;
    }
    const auto& bounds = grants_.bounds();
    bool of_package = std::all_of(bounds.begin(), bounds.end(), [this](const std::string& folder) {
      return folder == real_path(command_.package);
    });
    return of_package && ::access(at.c_str(), X_OK) == 0;
  }

  // The directory that a program lies in, unless that is too much to show.
  void folder_of_program(const std::string& file) {
    std::string folder = folder_of(file);
    if (is_common(file)) return;
    if (grants_.too_much(folder)) return add(file);
    std::string prefix = folder_of(folder);
    bool whole = grants_.too_much(prefix);
    // pyenv, rbenv, asdf: a script there looks for the real program in the folders beside it.
    add(folder.ends_with("/shims") && !whole ? prefix : folder);
    if (!folder.ends_with("/bin") || whole) return;
    for (const char* beside : {"/lib", "/lib64", "/pyvenv.cfg"}) add(prefix + beside);
    // ~/.local/share is where every program keeps its data: not a program's own.
    if (!prefix.ends_with("/.local")) add(prefix + "/share");
  }

  // "#!/usr/bin/env node", "#!/venv/bin/python"
  void interpreter(const std::string& file) {
    constexpr std::size_t kFirstLine = 512;
    std::string line = head_of(file, kFirstLine);
    if (!line.starts_with("#!")) return;
    line = line.substr(2, line.find('\n') == std::string::npos ? line.size() : line.find('\n') - 2);
    std::vector<std::string> words;
    for (std::string_view word : split(line, ' ')) {
      if (!trim(word).empty() && !word.starts_with('-')) words.emplace_back(trim(word));
    }
    project(file);
    if (words.empty()) return;
    Grants::Bounds bounds(grants_);
    bounds.by_way_of(file);
    Command used{words[0], command_.path, "", command_.home};
    if (base_name(words[0]) == "env" && words.size() > 1) used.file = words[1];
    std::string found = find_command(used);
    // An interpreter is a program, not a script: one step, no circle.
    if (!found.empty() && found[0] == '/' && found != file && !nested_) {
      nested_ = true;
      program(found);
      nested_ = false;
    }
  }

  // The script that an interpreter is given.
  void script(const std::string& file) {
    if (!is_interpreter(command_.file) && !is_interpreter(file)) return;
    for (const std::string& arg : command_.args) {
      if (arg == "-m" || arg == "-c" || arg == "-e" || arg == "--eval") return;
      if (arg.empty() || arg[0] == '-') continue;
      bool relative = arg[0] != '/';
      if (relative && command_.directory.empty()) continue;
      std::string path = tidy(relative ? command_.directory + "/" + arg : arg);
      if (!exists(path) || is_directory(path)) continue;
      folder_of_script(path);
      project(path);
      Grants::Bounds bounds(grants_);
      bounds.by_links_to(path);
      std::string real = real_path(path);
      folder_of_script(real);
      project(real);
      return;
    }
  }

  void folder_of_script(const std::string& path) {
    std::string folder = folder_of(path);
    add(grants_.too_much(folder) ? path : folder);
  }

  void project(const std::string& script) {
    if (is_common(script)) return;
    std::string folder = folder_of(script);
    for (std::size_t i = 0; i < kMaxProject && !grants_.too_much(folder); ++i) {
      if (is_project(folder)) {
        add(folder);
        break;
      }
      folder = folder_of(folder);
    }
    for (folder = folder_of(script); folder != "/"; folder = folder_of(folder)) add(folder + "/node_modules");
  }

  void arguments() {
    for (const std::string& arg : command_.args) {
      std::string path = path_in_argument(arg);
      // Where the directory itself is too much to show, what is named in it is not.
      if (path.empty() && !command_.directory.empty() && !arg.empty() && arg[0] != '-')
        path = tidy(command_.directory + "/" + arg);
      if (path.empty() || is_of_the_kernel(path) || grants_.too_much_by_name(path)) continue;
      grants_.add(path, "argument");
    }
  }

  const Command& command_;
  Grants grants_;
  bool nested_ = false;
};

}  // namespace

ProgramGrants program_grants(const Command& command) { return Collector(command).run(); }

std::string find_command(const Command& command) {
  if (command.file.find('/') != std::string::npos) {
    if (command.file[0] == '/' || command.directory.empty()) return command.file;
    return tidy(command.directory + "/" + command.file);
  }
  for (std::string_view folder : split(command.path, ':')) {
    std::string candidate = std::string(folder) + "/" + command.file;
    if (!folder.empty() && folder[0] == '/' && ::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return "";
}

std::string path_in_argument(const std::string& argument) {
  if (argument.starts_with('/')) return tidy(argument);
  auto equals = argument.find("=/");
  bool option = equals != std::string::npos && argument.find_first_of(" \t\n") == std::string::npos;
  return option ? tidy(argument.substr(equals + 1)) : "";
}

bool asks_a_container_engine(const std::string& file) {
  std::string name = base_name(file);
  return name == "docker" || name == "podman" || name == "nerdctl";
}

std::string container_engine_error(const std::string& file) {
  return "command " + json_quote(base_name(file)) +
         " cannot be shut in: it asks a service of the machine to start the server";
}

std::string needed_directory(const std::string& file, const std::vector<std::string>& args,
                             const std::string& here) {
  auto is_there = [&here](const std::string& word) {
    return !word.empty() && word[0] != '/' && word[0] != '-' && exists(here + "/" + word);
  };
  bool relative = file.find('/') != std::string::npos && is_there(file);
  // python -m PACKAGE.MODULE
  auto module = std::find(args.begin(), args.end(), "-m");
  if (module != args.end() && ++module != args.end()) {
    std::string package = module->substr(0, module->find('.'));
    relative = relative || is_there(package) || is_there(package + ".py");
  }
  return relative || std::any_of(args.begin(), args.end(), is_there) ? here : "";
}

}  // namespace mcp::sandbox
