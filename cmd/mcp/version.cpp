#include <iostream>

#include <CLI/CLI.hpp>

#include "cmd/mcp/command.h"
#include "internal/protocol/revision.h"

namespace mcp::cmd {

Command version_command() {
  Command command;
  command.name = "version";
  command.summary = "Print the version and the protocol revisions it speaks";
  command.details = "EXIT STATUS\n  0 always\n\nEXAMPLE\n  mcp version --json\n";
  command.declare = [](CLI::App& app) {
    auto json = std::make_shared<bool>(false);
    app.add_flag("--json", *json, "print a JSON object");
    return [json](Context&) {
      std::string revisions;
      for (auto revision :
           {protocol::Revision::k2024_11_05, protocol::Revision::k2025_03_26, protocol::Revision::k2025_06_18,
            protocol::Revision::k2025_11_25, protocol::Revision::k2026_07_28}) {
        std::string text(protocol::to_string(revision));
        revisions += *json ? (revisions.empty() ? "\"" : ",\"") + text + "\"" : " " + text;
      }
      if (*json) {
        std::cout << "{\"version\":\"" MCP_VERSION "\",\"revisions\":[" << revisions << "]}\n";
      } else {
        std::cout << "mcp " MCP_VERSION "\nprotocol:" << revisions << "\n";
      }
      return kOk;
    };
  };
  return command;
}

}  // namespace mcp::cmd
