#pragma once

#include <map>
#include <string>

#include "internal/server/answer.h"
#include "internal/server/completion.h"

namespace mcp::server {

struct Resource {
  std::string uri;
  std::string name;
  std::string title;
  std::string description;
  std::string mime_type;
  Handler handler;
};

// Answers every URI that its RFC 6570 template matches; the handler reads Context::variables().
struct ResourceTemplate {
  std::string uri_template;
  std::string name;
  std::string title;
  std::string description;
  std::string mime_type;
  std::map<std::string, Completer> complete;  // by variable
  Handler handler;
};

std::string to_json(const Resource& resource);
std::string to_json(const ResourceTemplate& resource);

}  // namespace mcp::server
