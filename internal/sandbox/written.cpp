#include "internal/sandbox/written.h"

#include <algorithm>
#include <iterator>

namespace mcp::sandbox {

Written::Written(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    std::string real = real_path(path);
    if (!real.empty()) folders_.push_back(std::move(real));
  }
}

std::vector<std::string> Written::around(std::string_view real) const {
  std::vector<std::string> found;
  std::copy_if(folders_.begin(), folders_.end(), std::back_inserter(found),
               [real](const std::string& folder) { return is_below(real, folder); });
  return found;
}

std::vector<std::string> Written::around(const Way& way) const {
  std::vector<std::string> found;
  for (const std::string& holder : way.links) {
    for (std::string& folder : around(holder)) found.push_back(std::move(folder));
  }
  return found;
}

std::string Written::left(const std::string& real, const std::vector<std::string>& folders) {
  auto found = std::find_if(folders.begin(), folders.end(),
                            [&real](const std::string& folder) { return !is_below(real, folder); });
  return found == folders.end() ? "" : *found;
}

}  // namespace mcp::sandbox
