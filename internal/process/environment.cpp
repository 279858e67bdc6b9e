#include "internal/process/spawner.h"

namespace mcp::process {

std::map<std::string, std::string> child_environment(const std::map<std::string, std::string>& from,
                                                     const std::map<std::string, std::string>& extra) {
  std::map<std::string, std::string> out = extra;
  for (const char* name : {"HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER"}) {
    auto found = from.find(name);
    if (found != from.end()) out.insert(*found);
  }
  return out;
}

}  // namespace mcp::process
