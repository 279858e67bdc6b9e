#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "internal/sandbox/cgroups.h"

namespace mcp::sandbox {

// What this machine gives a program started by this process; found by trying it, not by version numbers.
struct Host {
  bool namespaces = false;
  std::string namespaces_error;  // why not
  bool as_root = false;          // as in identity.h; else as an ordinary user
  bool proc = false;             // a /proc of its own
  std::string proc_error;
  int landlock = 0;  // ABI; 0: none
  bool seccomp = false;
  // A limit on the number of its processes holds for one program's alone: as root each is a user of its own,
  // and since Linux 5.14 an ordinary user's are counted by user namespace.
  bool counts_by_user = false;
  Cgroups cgroups;
  std::uint64_t open_files = 0;  // more no process of ours may have (RLIMIT_NOFILE); 0: not known
  uid_t uid = 0;                 // ours
  gid_t gid = 0;
};

// Takes a few milliseconds: a process is made in new namespaces, a control group made and removed.
Host look_at_host();

}  // namespace mcp::sandbox
