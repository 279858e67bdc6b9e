#include "internal/sandbox/status.h"

#include <cerrno>

namespace mcp::sandbox {
namespace {

const char* describe(Step step) {
  switch (step) {
    case Step::kClone: return "making namespaces";
    case Step::kMaps: return "mapping the user into its namespace";
    case Step::kGroups: return "setting the limits of a control group";
    case Step::kPropagation: return "making the mounts private";
    case Step::kSource: return "showing";
    case Step::kRoot: return "making an empty root directory";
    case Step::kTarget: return "placing";
    case Step::kProc: return "mounting /proc";
    case Step::kPivot: return "leaving the machine's root directory";
    case Step::kLoopback: return "bringing up a loopback interface";
    case Step::kListeners: return "opening the place of an allowed host inside:";
    case Step::kHostname: return "naming the machine";
    case Step::kRlimits: return "setting resource limits";
    case Step::kIdentity: return "becoming an unprivileged user";
    case Step::kPrivileges: return "dropping privileges";
    case Step::kLandlock: return "restricting file access with Landlock";
    case Step::kFork: return "starting the program";
    case Step::kSeccomp: return "installing the system call filter";
  }
  return "preparing";
}

const char* hint(Step step, int errno_value) {
  if (step == Step::kClone)
    return "user namespaces may be switched off here (sysctl user.max_user_namespaces, "
           "kernel.unprivileged_userns_clone); `mcp sandbox explain` says more";
  if (step == Step::kSource && errno_value == ENOENT) return "create it, or take it out of read and write";
  if (step == Step::kSource && errno_value == EACCES) return "check its permissions";
  return "`mcp sandbox explain` says what this machine offers; profile = \"none\" starts it unprotected";
}

}  // namespace

Error step_error(Step step, int errno_value, const std::string& what) {
  std::string doing = std::string("sandbox: ") + describe(step);
  if (!what.empty()) doing += " " + what;
  ErrorCode code = step == Step::kSource && errno_value == ENOENT   ? ErrorCode::kNotFound
                   : step == Step::kSource && errno_value == EACCES ? ErrorCode::kDenied
                   : step == Step::kClone                           ? ErrorCode::kUnsupported
                                                                    : ErrorCode::kIo;
  return os_error(doing, errno_value, code).with_hint(hint(step, errno_value));
}

}  // namespace mcp::sandbox
