// What a program would try that wants out, or more than its share: each probe in a process of its own, a line
// each: NAME RESULT. ALLOW: it worked. An errno's name: refused. KILL: ended for trying. no: it had no
// effect. HANG: cut off. usage: mcp-sandbox-probes SCENE   (a folder that probes.mjs furnished outside:
// secret, writable/, socket; what else stands outside it says by arguments: PID of a process, PORT of a TCP
// and UDP listener, NAME of an abstract socket, KEY of a System V segment, MACHINE: its name)
#include <dirent.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/landlock.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/vm_sockets.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/fanotify.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <net/if.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr int kNo = -1;  // no effect
constexpr int kPatienceMs = 10'000;

std::string scene, abstract_name, machine_name;
int outside_pid = 0, port = 0, shm_key = 0;
char secret_in_memory[] = "memory";

// 0 when a call that returns -1 on failure did not.
int done(long result) { return result >= 0 ? 0 : errno; }
// The same for calls whose arguments are nonsense on purpose: these errors say that the permission was there.
int past(long result, std::initializer_list<int> nonsense) {
  if (result >= 0) return 0;
  for (int error : nonsense) {
    if (errno == error) return 0;
  }
  return errno;
}
int opens(const char* path, int flags = O_RDONLY) { return done(::open(path, flags | O_CLOEXEC, 0644)); }
int opens(const std::string& path, int flags = O_RDONLY) { return opens(path.c_str(), flags); }
// Root's own control must not harm the machine it runs on.
void apart(int flags) {
  if (::unshare(flags) == 0 && (flags & CLONE_NEWNS) != 0)
    ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
}
int creates(const std::string& path) {
  int result = opens(path, O_WRONLY | O_CREAT | O_EXCL);
  if (result == 0) ::unlink(path.c_str());
  return result;
}
int connects(int family, int type, const sockaddr* to, socklen_t size) {
  int fd = ::socket(family, type | SOCK_CLOEXEC, 0);
  return fd < 0 ? errno : done(::connect(fd, to, size));
}
int limit(__rlimit_resource what, rlim_t value) {
  rlimit wanted{value, value};
  return done(::setrlimit(what, &wanted));
}
bool copy_true(const char* to) {
  int in = ::open("/bin/true", O_RDONLY), out = ::open(to, O_WRONLY | O_CREAT | O_TRUNC, 0755);
  char chunk[65536];
  for (ssize_t got = 0; (got = ::read(in, chunk, sizeof chunk)) > 0;) {
    if (::write(out, chunk, static_cast<std::size_t>(got)) != got) return false;
  }
  ::close(out);
  return in >= 0 && out >= 0;
}
int runs(const char* path) {
  pid_t child = ::fork();
  if (child == 0) {
    ::execl(path, path, nullptr);
    ::_exit(errno == EACCES ? 101 : 102);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : WEXITSTATUS(status) == 101 ? EACCES : EPERM;
}
int creates_and_runs(const char* path) {
  if (!copy_true(path)) return errno != 0 ? errno : EIO;
  int result = runs(path);
  ::unlink(path);
  return result;
}
sockaddr_in loopback() {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return to;
}
int child_of_clone(long pid) {
  if (pid == 0) ::_exit(0);
  return done(pid);
}
int push_into_terminal(unsigned long request) {
  ::setsid();
  ::ioctl(0, TIOCSCTTY, 0);
  char byte = 'x';
  return done(::syscall(SYS_ioctl, 0, request, &byte));
}

struct Probe {
  const char* name;
  int (*run)();
};

const Probe kProbes[] = {
    // Other processes
    {"ptrace_parent", [] { return done(::ptrace(PTRACE_SEIZE, ::getppid(), nullptr, nullptr)); }},
    {"ptrace_traceme", [] { return done(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }},
    {"kill_outside", [] { return done(::kill(outside_pid, 0)); }},
    // Not allowed is known all the same.
    {"learn_of_process", [] { return past(::kill(outside_pid, 0), {EPERM}); }},
    {"proc_outside", [] { return opens("/proc/" + std::to_string(outside_pid) + "/cmdline"); }},
    {"environ_outside", [] { return opens("/proc/" + std::to_string(outside_pid) + "/environ"); }},
    {"root_outside",
     [] { return opens("/proc/" + std::to_string(outside_pid) + "/root" + scene + "/secret"); }},
    {"pid1_environ", [] { return opens("/proc/1/environ"); }},
    {"pid1_root", [] { return opens("/proc/1/root/"); }},
    {"pid1_mem", [] { return opens("/proc/1/mem", O_RDWR); }},
    {"pid1_fd", [] { return opens("/proc/1/fd", O_RDONLY | O_DIRECTORY); }},
    {"vm_readv_parent",
     [] {
       char into[sizeof secret_in_memory];
       iovec mine{into, sizeof into}, theirs{secret_in_memory, sizeof into};
       return done(::process_vm_readv(::getppid(), &mine, 1, &theirs, 1, 0));
     }},
    {"pidfd_getfd",
     [] {
       int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, ::getppid(), 0));
       return pidfd < 0 ? errno : done(::syscall(SYS_pidfd_getfd, pidfd, 1, 0));
     }},
    {"kcmp", [] { return done(::syscall(SYS_kcmp, ::getpid(), ::getppid(), 0, 0, 0)); }},
    {"sched_rr",
     [] {
       sched_param one{1};
       return done(::sched_setscheduler(0, SCHED_RR, &one));
     }},
    {"nice_negative", [] { return done(::setpriority(PRIO_PROCESS, 0, -5)); }},
    {"oom_score", [] { return opens("/proc/self/oom_score_adj", O_WRONLY); }},
    // Mounts and namespaces
    {"mount_tmpfs",
     [] {
       apart(CLONE_NEWNS);
       return done(::mount("t", "/tmp", "tmpfs", 0, nullptr));
     }},
    {"remount_root",
     [] {
       apart(CLONE_NEWNS);
       return done(::mount("", "/", nullptr, MS_REMOUNT | MS_BIND, nullptr));
     }},
    {"umount_proc",
     [] {
       apart(CLONE_NEWNS);
       return done(::umount2("/proc", MNT_DETACH));
     }},
    {"bind_mount",
     [] {
       apart(CLONE_NEWNS);
       return done(::mount("/usr", "/tmp", nullptr, MS_BIND, nullptr));
     }},
    {"fsopen", [] { return done(::syscall(SYS_fsopen, "tmpfs", 0)); }},
    {"open_tree", [] { return done(::syscall(SYS_open_tree, AT_FDCWD, "/", 1)); }},
    {"pivot_root",
     [] {
       apart(CLONE_NEWNS);
       return past(::syscall(SYS_pivot_root, "/", "/"), {EINVAL, EBUSY});
     }},
    {"chroot", [] { return done(::chroot("/")); }},
    {"unshare_user", [] { return done(::unshare(CLONE_NEWUSER)); }},
    {"unshare_mount", [] { return done(::unshare(CLONE_NEWNS)); }},
    {"unshare_net", [] { return done(::unshare(CLONE_NEWNET)); }},
    {"unshare_pid", [] { return done(::unshare(CLONE_NEWPID)); }},
    {"unshare_time", [] { return done(::unshare(CLONE_NEWTIME)); }},
    {"clone_newuser",
     [] { return child_of_clone(::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)); }},
    {"clone3_newuser",
     [] {
       clone_args wanted{};
       wanted.flags = CLONE_NEWUSER;
       wanted.exit_signal = SIGCHLD;
       return child_of_clone(::syscall(SYS_clone3, &wanted, sizeof wanted));
     }},
    {"setns_net",
     [] {
       int ns = ::open("/proc/1/ns/net", O_RDONLY);
       return ns < 0 ? errno : done(::setns(ns, 0));
     }},
    {"machine_name",
     [] {
       char name[256] = {};
       return ::gethostname(name, sizeof name - 1) == 0 && machine_name == name ? 0 : kNo;
     }},
    // Outside files have owners; inside they are nobody's, but for its own.
    {"owners_outside",
     [] {
       struct stat about {};
       return ::stat("/usr", &about) != 0 ? errno : about.st_uid == 0 ? 0 : kNo;
     }},
    {"control_group_path",
     [] {
       std::FILE* file = std::fopen("/proc/self/cgroup", "re");
       if (file == nullptr) return errno;
       char line[4096];
       bool below = false;
       while (std::fgets(line, sizeof line, file) != nullptr) below = below || !std::strstr(line, ":/\n");
       std::fclose(file);
       return below ? 0 : kNo;
     }},
    {"hostname",
     [] {
       apart(CLONE_NEWUTS);
       return done(::sethostname("x", 1));
     }},
    {"uid_map", [] { return opens("/proc/self/uid_map", O_WRONLY); }},
    // Doors of the kernel
    {"keyctl", [] { return done(::syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, -3, 1)); }},
    {"add_key", [] { return done(::syscall(SYS_add_key, "user", "mcp-probe", "x", 1, -2)); }},
    {"bpf",
     [] {
       struct {
         unsigned type, key, value, entries;
         char rest[100];
       } map{2, 4, 4, 1, {}};
       return done(::syscall(SYS_bpf, 0, &map, sizeof map));
     }},
    {"io_uring",
     [] {
       char parameters[120] = {};
       return done(::syscall(SYS_io_uring_setup, 1, parameters));
     }},
    {"userfaultfd", [] { return done(::syscall(SYS_userfaultfd, 1)); }},
    {"perf_event",
     [] {
       perf_event_attr wanted{};
       wanted.type = PERF_TYPE_SOFTWARE;
       wanted.size = sizeof wanted;
       wanted.exclude_kernel = 1;
       return done(::syscall(SYS_perf_event_open, &wanted, 0, -1, -1, 0));
     }},
    {"fanotify", [] { return done(::fanotify_init(FAN_CLASS_NOTIF, O_RDONLY)); }},
    {"syslog", [] { return done(::klogctl(10, nullptr, 0)); }},
    {"personality", [] { return done(::personality(ADDR_NO_RANDOMIZE)); }},
    {"modify_ldt",
     [] {
       char table[64];
       return done(::syscall(SYS_modify_ldt, 0, table, sizeof table));
     }},
    {"int80",
     [] {
       long result = -1;
       asm volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");
       return result > 0 ? 0 : kNo;
     }},
    {"name_to_handle",
     [] {
       struct {
         file_handle head;
         char rest[128];
       } handle{};
       handle.head.handle_bytes = 128;
       int mount = 0;
       return done(::name_to_handle_at(AT_FDCWD, "/usr", &handle.head, &mount, 0));
     }},
    {"open_by_handle",
     [] {
       struct {
         file_handle head;
         char rest[128];
       } handle{};
       handle.head.handle_bytes = 8;
       handle.head.handle_type = 1;
       return past(::open_by_handle_at(AT_FDCWD, &handle.head, O_RDONLY), {ESTALE, EINVAL});
     }},
    {"delete_module", [] { return past(::syscall(SYS_delete_module, "mcp_probe", 0), {ENOENT}); }},
    {"init_module", [] { return past(::syscall(SYS_init_module, "x", 1, ""), {ENOEXEC}); }},
    {"kexec", [] { return past(::syscall(SYS_kexec_load, 0, 99, nullptr, 0), {EINVAL}); }},
    {"reboot", [] { return past(::syscall(SYS_reboot, 0, 0, 0, nullptr), {EINVAL}); }},
    {"swapon", [] { return past(::swapon("/nonexistent", 0), {ENOENT}); }},
    {"acct", [] { return past(::acct("/nonexistent"), {ENOENT}); }},
    {"iopl", [] { return done(::syscall(SYS_iopl, 3)); }},
    {"ioperm", [] { return done(::syscall(SYS_ioperm, 0x80, 1, 1)); }},
    {"move_pages", [] { return done(::syscall(SYS_move_pages, 0, 0, nullptr, nullptr, nullptr, 0)); }},
    {"vmsplice",
     [] {
       int pipe[2];
       iovec part{secret_in_memory, 1};
       return ::pipe(pipe) != 0 ? errno : done(::vmsplice(pipe[1], &part, 1, 0));
     }},
    {"seccomp_load",
     [] {
       sock_filter all = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
       sock_fprog program{1, &all};
       ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
       return done(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
     }},
    {"landlock_load", [] { return done(::syscall(SYS_landlock_create_ruleset, nullptr, 0, 1)); }},
    {"memfd_exec",
     [] {
       int fd = static_cast<int>(::syscall(SYS_memfd_create, "x", 0));
       if (fd < 0) return errno;
       return copy_true(("/proc/self/fd/" + std::to_string(fd)).c_str())
                  ? runs(("/proc/self/fd/" + std::to_string(fd)).c_str())
                  : errno;
     }},
    // Files
    {"secret", [] { return opens(scene + "/secret"); }},
    {"secret_by_link",
     [] {
       ::unlink("/tmp/mcp-probe-link");
       if (::symlink((scene + "/secret").c_str(), "/tmp/mcp-probe-link") != 0) return errno;
       int result = opens("/tmp/mcp-probe-link");
       ::unlink("/tmp/mcp-probe-link");
       return result;
     }},
    {"secret_by_dotdot", [] { return opens("../../../../../../../../../.." + scene + "/secret"); }},
    {"list_outside", [] { return opens(scene, O_RDONLY | O_DIRECTORY); }},
    {"write_outside", [] { return creates(scene + "/writable/new"); }},
    {"shared_memory_file", [] { return opens("/dev/shm/mcp-probe-" + std::to_string(outside_pid)); }},
    {"temporary_file", [] { return opens("/tmp/mcp-probe-" + std::to_string(outside_pid)); }},
    {"shadow", [] { return opens("/etc/shadow"); }},
    {"real_passwd", [] { return opens("/etc/passwd-"); }},
    {"write_usr", [] { return creates("/usr/mcp-probe"); }},
    {"write_etc", [] { return creates("/etc/mcp-probe"); }},
    {"write_root", [] { return creates("/mcp-probe"); }},
    {"chmod_usr", [] { return done(::chmod("/usr/bin/env", 0755)); }},
    {"hardlink_usr",
     [] {
       int result = done(::link("/usr/bin/env", (scene + "/writable/link").c_str()));
       if (result == 0) ::unlink((scene + "/writable/link").c_str());
       return result;
     }},
    {"mknod_disk",
     [] {
       int result = done(::mknod("/tmp/mcp-probe-disk", S_IFBLK | 0600, makedev(254, 0)));
       ::unlink("/tmp/mcp-probe-disk");
       return result;
     }},
    {"mknod_memory",
     [] {
       int result = done(::mknod("/tmp/mcp-probe-mem", S_IFCHR | 0600, makedev(1, 1)));
       ::unlink("/tmp/mcp-probe-mem");
       return result;
     }},
    {"device_disk", [] { return opens("/dev/vda"); }},
    {"device_kvm", [] { return opens("/dev/kvm", O_RDWR); }},
    {"device_terminal", [] { return opens("/dev/ptmx", O_RDWR); }},
    {"setuid_chmod",
     [] {
       ::close(::open("/tmp/mcp-probe-suid", O_WRONLY | O_CREAT, 0755));
       int result = done(::chmod("/tmp/mcp-probe-suid", 04755));
       ::unlink("/tmp/mcp-probe-suid");
       return result;
     }},
    {"setuid_create",
     [] {
       int result = done(::open("/tmp/mcp-probe-suid2", O_WRONLY | O_CREAT | O_EXCL, 04755));
       ::unlink("/tmp/mcp-probe-suid2");
       return result;
     }},
    {"exec_tmp", [] { return creates_and_runs("/tmp/mcp-probe-true"); }},
    {"exec_shm", [] { return creates_and_runs("/dev/shm/mcp-probe-true"); }},
    {"sysctl", [] { return opens("/proc/sys/kernel/core_pattern", O_WRONLY); }},
    {"sysctl_read", [] { return opens("/proc/sys/kernel/osrelease"); }},
    {"sysrq", [] { return opens("/proc/sysrq-trigger", O_WRONLY); }},
    {"kallsyms", [] { return opens("/proc/kallsyms"); }},
    {"kcore", [] { return opens("/proc/kcore"); }},
    {"proc_keys", [] { return opens("/proc/keys"); }},
    {"sysfs", [] { return opens("/sys/kernel", O_RDONLY | O_DIRECTORY); }},
    {"cgroupfs", [] { return opens("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY); }},
    // Network
    {"tcp_loopback",
     [] {
       sockaddr_in to = loopback();
       return connects(AF_INET, SOCK_STREAM, reinterpret_cast<sockaddr*>(&to), sizeof to);
     }},
    {"udp_loopback",
     [] {
       sockaddr_in to = loopback();
       int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
       return fd < 0 ? errno : done(::sendto(fd, "x", 1, 0, reinterpret_cast<sockaddr*>(&to), sizeof to));
     }},
    {"tcp_bind",
     [] {
       sockaddr_in to = loopback();
       to.sin_port = 0;
       int fd = ::socket(AF_INET, SOCK_STREAM, 0);
       return fd < 0 ? errno : done(::bind(fd, reinterpret_cast<sockaddr*>(&to), sizeof to));
     }},
    {"abstract_socket",
     [] {
       sockaddr_un to{};
       to.sun_family = AF_UNIX;
       std::memcpy(to.sun_path + 1, abstract_name.data(), abstract_name.size());
       auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + abstract_name.size());
       return connects(AF_UNIX, SOCK_STREAM, reinterpret_cast<sockaddr*>(&to), size);
     }},
    {"path_socket",
     [] {
       sockaddr_un to{};
       to.sun_family = AF_UNIX;
       std::strncpy(to.sun_path, (scene + "/socket").c_str(), sizeof to.sun_path - 1);
       return connects(AF_UNIX, SOCK_STREAM, reinterpret_cast<sockaddr*>(&to), sizeof to);
     }},
    {"interfaces", [] { return ::if_nametoindex("eth0") > 0 || ::if_nametoindex("eth1") > 0 ? 0 : errno; }},
    {"raw_socket", [] { return done(::socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)); }},
    {"packet_socket", [] { return done(::socket(AF_PACKET, SOCK_RAW, 0)); }},
    {"netlink_netfilter", [] { return done(::socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER)); }},
    {"netlink_audit", [] { return done(::socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT)); }},
    {"netlink_route", [] { return done(::socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)); }},
    {"vsock", [] { return done(::socket(AF_VSOCK, SOCK_STREAM, 0)); }},
    // Shared memory and messages
    {"sysv_outside", [] { return done(::shmget(shm_key, 1, 0)); }},
    {"sysv_new", [] { return done(::shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600)); }},
    {"message_queue",
     [] {
       int result = done(::mq_open("/mcp-probe", O_CREAT | O_RDWR, 0600, nullptr));
       if (result == 0) ::mq_unlink("/mcp-probe");
       return result;
     }},
    // The terminal
    {"tiocsti", [] { return push_into_terminal(TIOCSTI); }},
    {"tiocsti_high_bits", [] { return push_into_terminal(TIOCSTI | (1UL << 32)); }},
    // More than its share
    {"core_file", [] { return limit(RLIMIT_CORE, 1); }},
    {"large_file",
     [] {
       ::signal(SIGXFSZ, SIG_IGN);
       int fd = ::open("/tmp/mcp-probe-large", O_WRONLY | O_CREAT, 0600);
       int result = done(::pwrite(fd, "x", 1, 5LL << 30));
       ::unlink("/tmp/mcp-probe-large");
       return result;
     }},
    {"fill_tmp",
     [] {
       int fd = ::open("/tmp/mcp-probe-fill", O_WRONLY | O_CREAT, 0600);
       int result = ::posix_fallocate(fd, 0, 300LL << 20);
       ::unlink("/tmp/mcp-probe-fill");
       return result;
     }},
    {"many_files",
     [] {
       int last = 0;
       while (last >= 0 && last < 2'000) last = ::dup(0);
       return last >= 2'000 ? 0 : errno;
     }},
    {"many_processes",
     [] {
       std::vector<pid_t> made;
       int error = 0;
       for (int i = 0; i < 600; ++i) {
         pid_t child = ::fork();
         if (child == 0) {
           for (;;) ::pause();
         }
         if (child < 0) {
           error = errno;
           break;
         }
         made.push_back(child);
       }
       for (pid_t child : made) ::kill(child, SIGKILL);
       return error;
     }},
    // What was left lying about
    {"descriptor_left", [] { return done(::fcntl(9, F_GETFD)); }},
    {"environment_left", [] { return std::getenv("MCP_CANARY") != nullptr ? 0 : kNo; }},
    {"capabilities_left",
     [] {
       __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
       __user_cap_data_struct data[2] = {};
       ::syscall(SYS_capget, &header, data);
       return (data[0].effective | data[0].permitted | data[1].permitted) != 0 ? 0 : kNo;
     }},
    {"new_privileges", [] { return ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0 ? 0 : kNo; }},
    {"no_filter", [] { return ::prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 0 ? 0 : kNo; }},
    {"setgroups", [] { return done(::syscall(SYS_setgroups, 0, nullptr)); }},
    {"become_root", [] { return ::setresuid(0, 0, 0) == 0 ? opens("/etc/shadow") : errno; }},
    {"set_time_offset", [] { return opens("/proc/self/timens_offsets", O_WRONLY); }},
};

std::string result_of(const Probe& probe) {
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) return "HANG";
  pid_t child = ::fork();
  if (child == 0) {
    int result = probe.run();
    [[maybe_unused]] ssize_t ignored = ::write(pipe[1], &result, sizeof result);
    ::_exit(0);
  }
  ::close(pipe[1]);
  pollfd ready{pipe[0], POLLIN, 0};
  bool in_time = ::poll(&ready, 1, kPatienceMs) > 0;
  int result = 0;
  ssize_t got = in_time ? ::read(pipe[0], &result, sizeof result) : 0;
  ::close(pipe[0]);
  if (!in_time) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!in_time) return "HANG";
  if (got != static_cast<ssize_t>(sizeof result)) return WIFSIGNALED(status) ? "KILL" : "no";
  if (result == 0) return "ALLOW";
  if (result == kNo) return "no";
  const char* name = ::strerrorname_np(result);
  return name != nullptr ? name : std::to_string(result);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::fprintf(stderr, "usage: mcp-sandbox-probes SCENE PID PORT NAME KEY MACHINE\n");
    return 2;
  }
  scene = argv[1];
  outside_pid = std::atoi(argv[2]);
  port = std::atoi(argv[3]);
  abstract_name = argv[4];
  shm_key = std::atoi(argv[5]);
  machine_name = argv[6];
  for (const Probe& probe : kProbes) {
    std::printf("%s %s\n", probe.name, result_of(probe).c_str());
    std::fflush(stdout);
  }
  // Not by way of exit(): a sanitizer's last look traces its own process, which a profile does not allow.
  std::fflush(stdout);
  ::_exit(0);
}
