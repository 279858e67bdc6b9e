#pragma once

#include <string>
#include <vector>

#include "internal/sandbox/grants.h"

namespace mcp::sandbox {

// What is started, as far as the view depends on it.
struct Command {
  std::string file;                    // argv[0]
  std::string path;                    // PATH, where it is looked for
  std::string directory;               // where it is started; empty: /tmp
  std::string home;                    // of the gateway's user: never shown as a whole on behalf of a command
  std::vector<std::string> args = {};  // what follows argv[0]
  bool show_arguments = false;         // existing absolute paths among args are shown, read-only
  std::string package = {};            // the folder that the program was installed to; empty: it was not
  std::vector<std::string> written = {};  // paths that any server may write, this one too
  std::vector<std::string> named = {};    // real paths that its policy shows anyway
};

struct ProgramGrants {
  std::vector<Grant> shown;
  std::vector<Refusal> refused;
};

// What is shown without being named, read-only, so that a program finds itself: nothing of the system's own
// folders, never a home directory as a whole, each path once.
//   its package        where it was installed to
//   its program        the folder of the command and of each link behind it, for PREFIX/bin the lib and share
//                      beside it, for PREFIX/shims all of PREFIX; the same for the interpreter that its first
//                      line names; for a script its project (package.json, pyproject.toml and the like) and
//                      every node_modules that node looks through
//   working directory  `directory`
//   argument           see Command::show_arguments; also behind "=", as in --db=/data/x; files and folders
// Links and first lines that a server may have written lead to nothing outside of what it may write, but for
// an interpreter that PATH names.
ProgramGrants program_grants(const Command& command);

// The first executable file that the command means; empty: none.
std::string find_command(const Command& command);

// The absolute path that an argument is or ends with (--db=/data/x), tidied; empty: none.
std::string path_in_argument(const std::string& argument);

// docker and its like only ask a service of the machine to start something: there is nothing to shut in.
bool asks_a_container_engine(const std::string& file);
std::string container_engine_error(const std::string& file);
inline constexpr const char* kContainerEngineHint =
    "a later version starts containers itself (image = \"…\"); until then start the server's own program, or "
    "set profile = \"none\": the client then runs with all your rights, and its container guards the server";

// Where a command without a directory has to be started: `here` when the command or an argument names
// something relative to it, else empty.
std::string needed_directory(const std::string& file, const std::vector<std::string>& args,
                             const std::string& here);

}  // namespace mcp::sandbox
