#include "internal/sandbox/seccomp.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <vector>

#include "internal/base/unique_fd.h"

namespace mcp::sandbox {
namespace {

struct Release {
  void operator()(scmp_filter_ctx context) const { ::seccomp_release(context); }
};
using Context = std::unique_ptr<void, Release>;

std::uint32_t action_of(const Rule& rule) {
  switch (rule.action) {
    case Rule::Action::kAllow: return SCMP_ACT_ALLOW;
    case Rule::Action::kKill: return SCMP_ACT_KILL_PROCESS;
    case Rule::Action::kRefuse: break;
  }
  return SCMP_ACT_ERRNO(static_cast<std::uint32_t>(rule.error));
}

Result<void> add_rule(scmp_filter_ctx context, const Rule& rule, std::uint32_t fallback) {
  // A call that this library or processor does not know cannot be made here, or gets the default.
  int number = ::seccomp_syscall_resolve_name(rule.call.c_str());
  if (number == __NR_SCMP_ERROR || action_of(rule) == fallback) return {};
  std::vector<scmp_arg_cmp> conditions;
  for (const Condition& one : rule.conditions) {
    scmp_arg_cmp compare{};
    compare.arg = one.argument;
    compare.op = SCMP_CMP_MASKED_EQ;
    compare.datum_a = one.mask;
    compare.datum_b = one.value;
    conditions.push_back(compare);
  }
  int failed = ::seccomp_rule_add_array(context, action_of(rule), number,
                                        static_cast<unsigned>(conditions.size()), conditions.data());
  if (failed == 0) return {};
  return fail(os_error("a rule for " + rule.call, -failed, ErrorCode::kInternal));
}

Result<std::string> instructions(scmp_filter_ctx context) {
  UniqueFd file(::memfd_create("mcp-filter", MFD_CLOEXEC));
  int failed = file ? ::seccomp_export_bpf(context, file.get()) : -errno;
  if (failed != 0) return fail(os_error("exporting a system call filter", -failed, ErrorCode::kInternal));
  std::string out(static_cast<std::size_t>(::lseek(file.get(), 0, SEEK_END)), '\0');
  if (::pread(file.get(), out.data(), out.size(), 0) != static_cast<ssize_t>(out.size())) {
    return fail(os_error("reading a system call filter", errno, ErrorCode::kInternal));
  }
  return out;
}

}  // namespace

bool seccomp_available() {
  std::uint32_t action = SECCOMP_RET_KILL_PROCESS;
  return ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

Result<std::string> compile_filter(const Profile& profile) {
  std::uint32_t fallback = SCMP_ACT_ERRNO(EPERM);
  Context context(::seccomp_init(fallback));
  if (!context) return fail(ErrorCode::kInternal, "libseccomp does not start");
  // A call of another processor mode (int 0x80, x32) would be another table's call: nothing here makes one
  // honestly.
  ::seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  ::seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  for (const Rule& rule : profile.rules) MCP_TRY(add_rule(context.get(), rule, fallback));
  return instructions(context.get());
}

bool install_filter(const std::string& filter) {
  sock_fprog program{};
  program.len = static_cast<unsigned short>(filter.size() / sizeof(sock_filter));
  program.filter = reinterpret_cast<sock_filter*>(const_cast<char*>(filter.data()));
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

}  // namespace mcp::sandbox
