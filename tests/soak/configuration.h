#pragma once

#include <map>
#include <string>
#include <vector>

#include "internal/base/env.h"

namespace mcp::soak {

// The gateway's configuration file, and how it changes.
class Configuration {
 public:
  Configuration(std::string path, std::string server_program, int web_port);

  const std::string& path() const { return path_; }
  // All servers by name; the stdio ones are processes of the gateway, "web" is a remote.
  const std::vector<std::string>& servers() const { return servers_; }
  const std::vector<std::string>& stdio_servers() const { return stdio_; }

  Result<void> write() const;
  // Gives one stdio server another environment. The text that tells it in its process: "GENERATION=3".
  std::string change(const std::string& server);
  std::string generation(const std::string& server) const;
  // A file that cannot be used.
  Result<void> write_broken() const;

 private:
  std::string path_;
  std::string program_;
  int web_port_;
  std::vector<std::string> stdio_{"alpha", "beta", "gamma", "delta", "own"};
  std::vector<std::string> servers_;
  std::map<std::string, int> generations_;
};

}  // namespace mcp::soak
