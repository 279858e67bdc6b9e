#pragma once

#include <optional>
#include <string>

#include "internal/base/env.h"
#include "internal/base/error.h"
#include "internal/base/unique_fd.h"

namespace mcp::runtime {

// Installed packages on disk: ROOT/KEY/GENERATION holds one installation, ROOT/KEY/current says which one is
// used: it is written last, by rename, so that what was interrupted is never used. A program that runs keeps
// what it was started from: the generation before the current one stays until the next is made.
class PackageStore {
 public:
  struct Installed {
    std::string folder;  // of the generation
    std::string name;    // of the package, as its registry has it
    std::string version;
  };

  PackageStore(Env& env, std::string root);

  // nullopt: not installed. Errors: kIo, kMalformed (somebody wrote into it).
  Result<std::optional<Installed>> current(const std::string& key) const;

  // The right to change one key, for one process at a time. nullopt: another one has it now.
  Result<std::optional<UniqueFd>> try_lock(const std::string& key) const;

  // The next three with the lock held.
  // An empty folder for a new generation; what an interrupted installation left is removed. Errors: kIo.
  Result<std::string> begin(const std::string& key);
  Result<void> commit(const std::string& key, const Installed& made);
  void abandon(const std::string& folder);

 private:
  std::string folder(const std::string& key) const { return root_ + "/" + key; }
  void sweep(const std::string& key);

  Env& env_;
  std::string root_;
};

}  // namespace mcp::runtime
