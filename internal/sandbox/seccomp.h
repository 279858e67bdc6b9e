#pragma once

#include <string>

#include "internal/base/error.h"
#include "internal/sandbox/profile.h"

namespace mcp::sandbox {

// Can this kernel filter system calls, and kill a process for one?
bool seccomp_available();

// The profile as instructions for this machine's processor (an array of sock_filter). Takes 1.7 ms: done once
// a profile, before any fork. Errors: kInternal (libseccomp refuses a rule).
Result<std::string> compile_filter(const Profile& profile);

// Filters this thread and what it starts from now on; for good. After no_new_privs. False with errno.
bool install_filter(const std::string& filter);

}  // namespace mcp::sandbox
