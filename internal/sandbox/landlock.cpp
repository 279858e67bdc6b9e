#include "internal/sandbox/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "internal/base/unique_fd.h"

namespace mcp::sandbox {
namespace {

// Later than the headers of Debian 12 (linux/landlock.h of 6.1 knows ABI 2).
struct Ruleset {
  std::uint64_t files = 0;
  std::uint64_t network = 0;  // ABI 4
  std::uint64_t scoped = 0;   // ABI 6
};
constexpr std::uint64_t kRefer = 1ULL << 13;        // ABI 2
constexpr std::uint64_t kTruncate = 1ULL << 14;     // ABI 3
constexpr std::uint64_t kIoctlDevice = 1ULL << 15;  // ABI 5
constexpr std::uint64_t kTcp = 0b11;                // bind, connect
constexpr std::uint64_t kConnect = 0b10;
constexpr int kRulePort = 2;
constexpr std::uint64_t kScopes = 0b11;  // abstract Unix sockets, signals

constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kExecute = LANDLOCK_ACCESS_FS_EXECUTE;
constexpr std::uint64_t kMakeDevices = LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK;
constexpr std::uint64_t kOfFiles =
    kExecute | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | kTruncate | kIoctlDevice;

std::uint64_t handled_files(int abi) {
  std::uint64_t bits = (1ULL << 13) - 1;  // ABI 1: execute … make_sym
  if (abi >= 2) bits |= kRefer;
  if (abi >= 3) bits |= kTruncate;
  if (abi >= 5) bits |= kIoctlDevice;
  return bits;
}

std::uint64_t allowed(const Item& item) {
  constexpr std::uint64_t kAll = (1ULL << 16) - 1;
  switch (item.kind) {
    case Item::Kind::kDevice: return LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate;
    case Item::Kind::kFile: return LANDLOCK_ACCESS_FS_READ_FILE;
    case Item::Kind::kProc: return kRead;
    case Item::Kind::kLink:
    case Item::Kind::kDirectory: return 0;
    case Item::Kind::kTmpfs: return kAll & ~kMakeDevices & ~kIoctlDevice & ~(item.executable ? 0 : kExecute);
    case Item::Kind::kBind: break;
  }
  std::uint64_t bits = kRead;
  if (item.writable) bits = kAll & ~kMakeDevices & ~kIoctlDevice & ~kExecute;
  return item.executable ? bits | kExecute : bits;
}

bool add_rule(int ruleset, const char* path, std::uint64_t bits) {
  UniqueFd place(::open(path, O_PATH | O_CLOEXEC));
  struct stat about {};
  if (!place || ::fstat(place.get(), &about) != 0) return false;
  if (!S_ISDIR(about.st_mode)) bits &= kOfFiles;
  landlock_path_beneath_attr rule{};
  rule.allowed_access = bits;
  rule.parent_fd = place.get();
  return ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

// Port alone: the namespace has no address but those of the listeners.
bool add_port(int ruleset, std::uint16_t port) {
  struct {
    std::uint64_t allowed;
    std::uint64_t port;
  } rule{kConnect, port};
  return ::syscall(SYS_landlock_add_rule, ruleset, kRulePort, &rule, 0) == 0;
}

}  // namespace

int landlock_abi() {
  long abi = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return abi < 0 ? 0 : static_cast<int>(abi);
}

bool restrict_self(int abi, const Jail& jail) {
  Ruleset wanted;
  wanted.files = handled_files(abi);
  if (abi >= kLandlockTcp && jail.network == Network::kNone) wanted.network = kTcp;
  if (abi >= kLandlockScopes) wanted.scoped = kScopes;
  std::size_t size = abi >= kLandlockScopes ? sizeof wanted
                     : abi >= kLandlockTcp  ? 2 * sizeof(std::uint64_t)
                                            : sizeof(std::uint64_t);
  UniqueFd ruleset(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &wanted, size, 0)));
  if (!ruleset || !add_rule(ruleset.get(), "/", LANDLOCK_ACCESS_FS_READ_DIR & wanted.files)) return false;
  for (const Listener& place : jail.listeners) {
    if (wanted.network != 0 && !add_port(ruleset.get(), place.port)) return false;
  }
  for (const Item& item : jail.view) {
    std::uint64_t bits = allowed(item) & wanted.files;
    if (bits != 0 && !add_rule(ruleset.get(), item.target.c_str(), bits)) return false;
  }
  return ::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) == 0;
}

}  // namespace mcp::sandbox
