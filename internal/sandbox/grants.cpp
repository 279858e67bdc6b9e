#include "internal/sandbox/grants.h"

#include <sys/stat.h>

#include <algorithm>

#include "internal/base/strings.h"

namespace mcp::sandbox {
namespace {

bool is_file_or_folder(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 && (S_ISREG(about.st_mode) || S_ISDIR(about.st_mode));
}

}  // namespace

Grants::Grants(const std::string& home, Written written, std::vector<std::string> named)
    : home_(home), real_home_(real_path(home)), written_(std::move(written)), named_(std::move(named)) {}

bool Grants::too_much_by_name(const std::string& folder) const {
  return is_too_much(folder, home_) || is_too_much(folder, real_home_);
}

bool Grants::too_much(const std::string& folder) const {
  std::string real = real_path(folder);
  return too_much_by_name(folder) || (!real.empty() && too_much_by_name(real));
}

std::string Grants::objection(const Way& way, const std::string& why) const {
  if (is_of_the_kernel(way.real) || too_much_by_name(way.real))
    return "it leads to " + way.real + ", which is never shown as a whole";
  if (why == "argument" && !is_file_or_folder(way.real))
    return "it is no file or folder: a socket or pipe is shown only where read or write names it";
  std::vector<std::string> within = written_.around(way);
  within.insert(within.end(), bounds_.begin(), bounds_.end());
  std::string left = Written::left(way.real, within);
  bool named = std::any_of(named_.begin(), named_.end(),
                           [&way](const std::string& path) { return is_below(way.real, path); });
  if (left.empty() || named) return "";
  return "what leads to " + way.real + " lies in " + left + ", which a server may write";
}

void Grants::add(const std::string& path, const char* why) {
  if (path.empty() || is_common(path)) return;
  Way way = follow(path);
  if (way.real.empty()) return;
  bool known = std::any_of(grants_.begin(), grants_.end(),
                           [&path](const Grant& one) { return is_below(path, one.path); });
  if (known) return;
  std::string objects = objection(way, why);
  if (objects.empty()) {
    grants_.push_back({path, false, why, std::move(way.real)});
    return;
  }
  bool told =
      std::any_of(refused_.begin(), refused_.end(), [&path](const Refusal& one) { return one.path == path; });
  if (!told) refused_.push_back({path, std::move(objects)});
}

std::vector<Grant> Grants::topmost() const {
  std::vector<Grant> out;
  for (const Grant& one : grants_) {
    bool covered = std::any_of(grants_.begin(), grants_.end(), [&one](const Grant& other) {
      return other.path != one.path && is_below(one.path, other.path);
    });
    if (!covered) out.push_back(one);
  }
  return out;
}

void Grants::Bounds::by_way_of(const std::string& path) {
  Way folder = follow(folder_of(path));
  auto& bounds = grants_.bounds_;
  for (std::vector<std::string> more :
       {grants_.written_.around(folder), grants_.written_.around(folder.real)})
    bounds.insert(bounds.end(), more.begin(), more.end());
}

void Grants::Bounds::by_links_to(const std::string& path) {
  for (std::string& folder : grants_.written_.around(follow(path)))
    grants_.bounds_.push_back(std::move(folder));
}

}  // namespace mcp::sandbox
