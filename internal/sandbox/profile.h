#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "internal/base/error.h"

namespace mcp::sandbox {

// `argument & mask == value`.
struct Condition {
  unsigned argument = 0;
  std::uint64_t mask = UINT64_MAX;
  std::uint64_t value = 0;
};

struct Rule {
  enum class Action { kAllow, kRefuse, kKill };
  Action action = Action::kAllow;
  std::string call;
  int error = 0;                      // kRefuse: errno
  std::vector<Condition> conditions;  // all must hold
};

// One file of internal/sandbox/profiles: which system calls a program may make. What no rule allows fails
// with EPERM.
struct Profile {
  std::string name;
  std::string hash;  // SHA-256 of the file, as sha256sum prints it
  std::vector<Rule> rules;
};

// The lines of such a file ("#" begins a comment):
//   allow CALL…                          any arguments
//   allow CALL if N VALUE                when argument N, its lower 32 bits, is VALUE
//   allow CALL if N & MASK VALUE         when argument N has these bits
//   … and N VALUE                        and this too
//   allow CALL unless N VALUE…           when the lower 32 bits of argument N are none of these (8 at most)
//   refuse ERRNO CALL…                   fails with EPERM or ENOSYS
//   kill CALL…                           ends the program
// Errors: kMalformed, naming the line.
Result<Profile> parse_profile(std::string name, std::string_view text);

// The profiles that are compiled in: runtime, compat. nullptr: no such one.
const char* profile_text(std::string_view name);

// Errors: kNotFound; kInternal (a profile of ours is wrong).
Result<Profile> load_profile(const std::string& name);

}  // namespace mcp::sandbox
