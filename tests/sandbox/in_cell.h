#pragma once

#include <unistd.h>

#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "internal/sandbox/cell.h"
#include "internal/sandbox/plan.h"

namespace mcp::sandbox {

inline constexpr const char* kPath = "/usr/local/bin:/usr/bin:/bin";

// A command as process's keeper would start it in a cell. argv ends with nullptr.
struct InCell {
  std::vector<char*> argv;
  std::optional<std::uint8_t> (*prepare)(void*) = nullptr;

  // After the filter: as the keeper's child.
  static std::uint8_t execute(void* context) {
    auto& argv = static_cast<InCell*>(context)->argv;
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    std::vector<std::string> text;
    for (const auto& [name, value] : inner_environment(kPath, {})) text.push_back(name + "=" + value);
    std::vector<char*> environment;
    for (auto& line : text) environment.push_back(line.data());
    environment.push_back(nullptr);
    if (::chdir("/tmp") == 0) ::execvpe(argv[0], argv.data(), environment.data());
    return 0;
  }

  // Nobody holds the listeners: connections wait in them.
  static bool ignore(void*, const std::vector<int>&) { return true; }

  Program program() { return {this, prepare, execute, ignore}; }
};

}  // namespace mcp::sandbox
