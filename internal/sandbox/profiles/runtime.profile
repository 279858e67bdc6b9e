# The system calls of servers in node, python and native code: what their interpreters, libraries, worker threads and
# child processes need, measured. Everything else fails with EPERM: programs that only look whether something is there
# (io_uring, pidfd, Landlock) go on without it. The format is described in internal/sandbox/profile.h.

# Files
allow access faccessat faccessat2 close close_range read readv pread64 preadv preadv2
allow write writev pwrite64 pwritev pwritev2 lseek stat fstat lstat newfstatat statx statfs fstatfs
allow getdents getdents64 getcwd chdir fchdir mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2
allow link linkat symlink symlinkat readlink readlinkat truncate ftruncate fallocate fadvise64 flock
allow fsync fdatasync sync_file_range syncfs copy_file_range sendfile umask utime utimes utimensat futimesat
allow getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr
allow chown fchown lchown fchownat
allow dup dup2 dup3 fcntl pipe pipe2
allow inotify_init inotify_init1 inotify_add_watch inotify_rm_watch
# No file gets the set-user-ID or set-group-ID bit (06000 is 0xc00). Those of openat2 lie in memory, where a filter
# cannot look: programs fall back to openat on ENOSYS.
allow open if 2 & 0xc00 0
allow openat if 3 & 0xc00 0
allow creat if 1 & 0xc00 0
refuse ENOSYS openat2
allow chmod if 1 & 0xc00 0
allow fchmod if 1 & 0xc00 0
allow fchmodat if 2 & 0xc00 0
allow fchmodat2 if 2 & 0xc00 0
# Anonymous files that cannot be executed (MFD_NOEXEC_SEAL).
allow memfd_create if 1 & 0x8 0x8

# Waiting
allow poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2
allow eventfd eventfd2 signalfd signalfd4 timerfd_create timerfd_settime timerfd_gettime
allow futex futex_waitv get_robust_list set_robust_list restart_syscall pause membarrier
allow io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents

# Memory
allow brk mmap mprotect munmap mremap madvise mincore msync mlock mlock2 munlock munlockall
allow pkey_alloc pkey_free pkey_mprotect mseal map_shadow_stack

# Time
allow time gettimeofday clock_gettime clock_getres clock_nanosleep nanosleep times alarm getitimer setitimer
allow timer_create timer_delete timer_settime timer_gettime timer_getoverrun

# Processes, threads, signals
allow exit exit_group wait4 waitid execve execveat fork vfork set_tid_address arch_prctl rseq
allow getpid getppid gettid getpgid getpgrp getsid setpgid setsid
allow getuid geteuid getgid getegid getresuid getresgid getgroups capget
allow setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid
allow kill tkill tgkill pidfd_open pidfd_send_signal
allow rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait rt_sigqueueinfo
allow rt_tgsigqueueinfo sigaltstack
allow getrlimit setrlimit prlimit64 getrusage getpriority setpriority sysinfo uname getrandom getcpu
allow sched_yield sched_getaffinity sched_setaffinity sched_getparam sched_getscheduler sched_getattr
allow sched_get_priority_max sched_get_priority_min sched_rr_get_interval ioprio_get
# Threads and processes, but no namespaces: none of CLONE_NEW… (0x7e020000) and CLONE_NEWTIME (0x80).
allow clone if 0 & 0x7e020080 0
# Its flags lie in memory, where a filter cannot look. The C library falls back to clone on ENOSYS, and only on it.
refuse ENOSYS clone3
# prctl by its first argument: name, dumpable, death signal, timer slack, no_new_privs, seccomp (asking), capability
# set (asking), subreaper, securebits (asking), transparent huge pages, names of memory regions, speculation.
allow prctl if 0 1
allow prctl if 0 2
allow prctl if 0 3
allow prctl if 0 4
allow prctl if 0 15
allow prctl if 0 16
allow prctl if 0 21
allow prctl if 0 23
allow prctl if 0 27
allow prctl if 0 29
allow prctl if 0 30
allow prctl if 0 36
allow prctl if 0 37
allow prctl if 0 38
allow prctl if 0 39
allow prctl if 0 41
allow prctl if 0 42
allow prctl if 0 47 and 1 1
allow prctl if 0 52
allow prctl if 0 0x53564d41
# Asking for the execution domain, not changing it.
allow personality if 0 0xffffffff

# Sockets: Unix, IPv4 and IPv6, streams and datagrams (type without SOCK_CLOEXEC and SOCK_NONBLOCK); routing
# netlink, by which programs list their interfaces.
allow socket if 0 1
allow socket if 0 2 and 1 & 0x7ff 1
allow socket if 0 2 and 1 & 0x7ff 2
allow socket if 0 10 and 1 & 0x7ff 1
allow socket if 0 10 and 1 & 0x7ff 2
allow socket if 0 16 and 2 0
allow socketpair if 0 1
allow bind connect listen accept accept4 shutdown getsockname getpeername getsockopt setsockopt
allow sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg

# ioctl by its request: what terminals, pipes and sockets are asked for; never TIOCSTI or TIOCLINUX. Only the lower 32
# bits count, as they do in the kernel.
allow ioctl if 1 0x5401
allow ioctl if 1 0x5402
allow ioctl if 1 0x5403
allow ioctl if 1 0x5404
allow ioctl if 1 0x540b
allow ioctl if 1 0x540f
allow ioctl if 1 0x5410
allow ioctl if 1 0x5411
allow ioctl if 1 0x5413
allow ioctl if 1 0x5414
allow ioctl if 1 0x541b
allow ioctl if 1 0x5421
allow ioctl if 1 0x5450
allow ioctl if 1 0x5451
allow ioctl if 1 0x5452
allow ioctl if 1 0x802c542a
allow ioctl if 1 0x8912
allow ioctl if 1 0x8913
allow ioctl if 1 0x8915
allow ioctl if 1 0x8919
allow ioctl if 1 0x891b
allow ioctl if 1 0x8921
allow ioctl if 1 0x8927
allow ioctl if 1 0x8933
allow ioctl if 1 0x80086601
allow ioctl if 1 0xc020660b

# No honest program makes these, and each has been the door of an escape.
kill ptrace process_vm_readv process_vm_writev bpf userfaultfd perf_event_open open_by_handle_at
kill kexec_load kexec_file_load init_module finit_module delete_module iopl ioperm reboot swapon swapoff
