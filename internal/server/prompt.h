#pragma once

#include <map>
#include <string>
#include <vector>

#include "internal/base/error.h"
#include "internal/server/answer.h"
#include "internal/server/completion.h"

namespace mcp::server {

struct PromptArgument {
  std::string name;
  std::string description;
  bool required = false;
  Completer complete;  // or none
};

struct Prompt {
  std::string name;
  std::string title;
  std::string description;
  std::vector<PromptArgument> arguments;
  Handler handler;
};
std::string to_json(const Prompt& prompt);

}  // namespace mcp::server
