#include "internal/runtime/package_store.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <vector>

#include <nlohmann/json.hpp>

#include "internal/base/strings.h"
#include "internal/json/value.h"

namespace mcp::runtime {
namespace {

constexpr std::size_t kMaxRecord = 64 << 10;
constexpr const char* kGeneration = "g-";  // what a generation's name begins with

std::string text_of(const json::Value& object, const char* key) {
  auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

void remove_tree(const std::string& path) {
  std::error_code ignored;  // what cannot be removed now is tried again by the next sweep
  std::filesystem::remove_all(path, ignored);
}

}  // namespace

PackageStore::PackageStore(Env& env, std::string root) : env_(env), root_(std::move(root)) {}

Result<std::optional<PackageStore::Installed>> PackageStore::current(const std::string& key) const {
  std::string path = folder(key) + "/current";
  if (!env_.exists(path)) return std::optional<Installed>();
  MCP_ASSIGN(std::string text, env_.read_file(path, kMaxRecord));
  auto record = json::parse(text);
  std::string generation = record && record->is_object() ? text_of(*record, "generation") : "";
  if (!generation.starts_with(kGeneration) || generation.find('/') != std::string::npos) {
    return fail(ErrorCode::kMalformed, path + " is damaged", "remove " + folder(key));
  }
  Installed found{folder(key) + "/" + generation, text_of(*record, "name"), text_of(*record, "version")};
  // Somebody cleaned up by hand: it is installed anew.
  if (!env_.exists(found.folder)) return std::optional<Installed>();
  return std::optional(std::move(found));
}

Result<std::optional<UniqueFd>> PackageStore::try_lock(const std::string& key) const {
  MCP_TRY(env_.make_directories(folder(key)));
  std::string path = folder(key) + "/lock";
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return fail(os_error("open " + path, errno));
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return std::optional(std::move(file));
  if (errno != EWOULDBLOCK) return fail(os_error("lock " + path, errno));
  return std::optional<UniqueFd>();
}

Result<std::string> PackageStore::begin(const std::string& key) {
  sweep(key);
  std::string made = folder(key) + "/" + kGeneration + random_id(env_).substr(0, 12);
  MCP_TRY(env_.make_directories(made));
  return made;
}

Result<void> PackageStore::commit(const std::string& key, const Installed& made) {
  json::Value record = {{"generation", made.folder.substr(made.folder.rfind('/') + 1)},
                        {"name", made.name},
                        {"version", made.version}};
  return env_.write_file(folder(key) + "/current", json::dump(record) + "\n");
}

void PackageStore::abandon(const std::string& folder) { remove_tree(folder); }

void PackageStore::sweep(const std::string& key) {
  auto used = current(key);
  std::string kept = used && *used ? (*used)->folder : "";
  std::error_code failed;
  std::vector<std::string> stale;
  std::filesystem::directory_iterator entry(folder(key), failed), end;
  for (; !failed && entry != end; entry.increment(failed)) {
    std::string name = entry->path().filename().string(), path = entry->path().string();
    if (name.starts_with(kGeneration) && path != kept) stale.push_back(path);
  }
  for (const std::string& path : stale) remove_tree(path);
}

}  // namespace mcp::runtime
