#include "tests/soak/configuration.h"

#include "internal/base/strings.h"

namespace mcp::soak {

Configuration::Configuration(std::string path, std::string server_program, int web_port)
    : path_(std::move(path)), program_(std::move(server_program)), web_port_(web_port), servers_(stdio_) {
  servers_.emplace_back("web");
}

std::string Configuration::generation(const std::string& server) const {
  auto entry = generations_.find(server);
  return "GENERATION=" + std::to_string(entry == generations_.end() ? 0 : entry->second);
}

std::string Configuration::change(const std::string& server) {
  ++generations_[server];
  return generation(server);
}

Result<void> Configuration::write() const {
  std::string text =
      "[serve]\nsession_idle = \"20s\"\ndrain_deadline = \"20s\"\nlog_level = \"warn\"\n\n"
      "[servers.web]\nurl = \"http://127.0.0.1:" +
      std::to_string(web_port_) + "/mcp\"\n";
  // The sandbox has a HOME of its own; by this one the processes of this run are known (sampler.h).
  const std::string home = path_.substr(0, path_.rfind('/')) + "/home";
  for (const std::string& name : stdio_) {
    std::string generation_here = generation(name);
    text += "\n[servers." + name + "]\ncommand = " + json_quote(program_) + "\nargs = [\"--stdio\", " +
            json_quote(name) +
            "]\nenv = { GENERATION = " + json_quote(generation_here.substr(generation_here.find('=') + 1)) +
            ", HOME = " + json_quote(home) + " }\n" + "isolation = \"" + (name == "own" ? "auto" : "shared") +
            "\"\n";
  }
  return real_env().write_file(path_, text);
}

Result<void> Configuration::write_broken() const {
  return real_env().write_file(path_, "[servers.alpha]\ncomand = \"nothing\"\n");
}

}  // namespace mcp::soak
