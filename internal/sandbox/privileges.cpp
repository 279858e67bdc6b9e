#include "internal/sandbox/privileges.h"

#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace mcp::sandbox {
namespace {

constexpr unsigned long kLockedBits = SECURE_ALL_BITS & ~(SECBIT_KEEP_CAPS | SECBIT_KEEP_CAPS_LOCKED);

bool drop_bounding_set() {
  // EINVAL: the first number that this kernel does not know.
  for (unsigned long capability = 0; capability < 64; ++capability) {
    if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return errno == EINVAL && capability > CAP_SYSLOG;
  }
  return true;
}

}  // namespace

bool drop_privileges() {
  if (!drop_bounding_set()) return false;
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return false;
  if (::prctl(PR_SET_SECUREBITS, kLockedBits | SECBIT_KEEP_CAPS_LOCKED, 0, 0, 0) != 0) return false;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2] = {};
  if (::syscall(SYS_capset, &header, none) != 0) return false;
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

}  // namespace mcp::sandbox
