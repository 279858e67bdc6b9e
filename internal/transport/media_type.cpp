#include "internal/transport/media_type.h"

#include <algorithm>

#include "internal/base/strings.h"

namespace mcp::transport {
namespace {

// Takes the part before the next separator off the front of `rest`. For every request, so without a list.
std::string_view take_part(std::string_view& rest, char separator) {
  std::size_t end = std::min(rest.find(separator), rest.size());
  std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

std::string_view without_parameters(std::string_view range) { return trim(range.substr(0, range.find(';'))); }

// ";q=0", ";q=0.0" …: named to be refused.
bool is_refused(std::string_view range) {
  while (!range.empty()) {
    std::string_view parameter = trim(take_part(range, ';'));
    if (parameter.size() < 3 || (parameter[0] != 'q' && parameter[0] != 'Q') || parameter[1] != '=') continue;
    return parameter.substr(2).find_first_not_of("0.") == std::string_view::npos;
  }
  return false;
}

bool covers(std::string_view range, std::string_view type) {
  std::string_view name = without_parameters(range);
  if (iequals(name, type)) return true;
  if (name == "*/*") return true;
  auto slash = type.find('/');
  return name.size() == slash + 2 && name.ends_with("/*") &&
         iequals(name.substr(0, slash), type.substr(0, slash));
}

}  // namespace

bool names_type(std::string_view content_type, std::string_view type) {
  return iequals(without_parameters(content_type), type);
}

bool accepts(const http::Headers& headers, std::string_view type) {
  bool present = false;
  for (const auto& [name, value] : headers) {
    if (!iequals(name, "Accept")) continue;
    present = true;
    for (std::string_view rest = value; !rest.empty();) {
      std::string_view range = take_part(rest, ',');
      if (covers(range, type) && !is_refused(range)) return true;
    }
  }
  return !present;
}

}  // namespace mcp::transport
