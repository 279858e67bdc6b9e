# About what container engines allow by default: for servers that `runtime` is too narrow for (debuggers, System V
# memory and message queues, splice). Everything else fails with EPERM. Namespaces, the view of files, Landlock and limits
# are those of `runtime`. The format is described in internal/sandbox/profile.h.

# Files
allow access faccessat faccessat2 close close_range read readv pread64 preadv preadv2
allow write writev pwrite64 pwritev pwritev2 lseek stat fstat lstat newfstatat statx statfs fstatfs
allow getdents getdents64 getcwd chdir fchdir mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2
allow link linkat symlink symlinkat readlink readlinkat truncate ftruncate fallocate fadvise64 flock readahead
allow fsync fdatasync sync sync_file_range syncfs copy_file_range sendfile splice tee vmsplice
allow umask utime utimes utimensat futimesat cachestat name_to_handle_at fanotify_mark
allow getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr getxattrat listxattrat
allow setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr setxattrat removexattrat
allow chown fchown lchown fchownat
allow dup dup2 dup3 fcntl pipe pipe2 memfd_create memfd_secret
allow inotify_init inotify_init1 inotify_add_watch inotify_rm_watch
# No file gets the set-user-ID or set-group-ID bit (06000 is 0xc00), unlike in container engines: `write` paths are the
# machine's. Those of openat2 lie in memory, where a filter cannot look: programs fall back to openat on ENOSYS.
allow open if 2 & 0xc00 0
allow openat if 3 & 0xc00 0
allow creat if 1 & 0xc00 0
refuse ENOSYS openat2
allow chmod if 1 & 0xc00 0
allow fchmod if 1 & 0xc00 0
allow fchmodat if 2 & 0xc00 0
allow fchmodat2 if 2 & 0xc00 0
allow mknod if 1 & 0xc00 0
allow mknodat if 2 & 0xc00 0
# Any ioctl but TIOCSTI and TIOCLINUX, which type for the person at a terminal.
allow ioctl unless 1 0x5412 0x541c

# Waiting
allow poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2
allow eventfd eventfd2 signalfd signalfd4 timerfd_create timerfd_settime timerfd_gettime
allow futex futex_waitv futex_wait futex_wake futex_requeue get_robust_list set_robust_list
allow restart_syscall pause membarrier io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents

# Memory
allow brk mmap mprotect munmap mremap remap_file_pages madvise mincore msync mlock mlock2 mlockall munlock munlockall
allow pkey_alloc pkey_free pkey_mprotect mseal map_shadow_stack process_mrelease

# Time
allow time gettimeofday clock_gettime clock_getres clock_nanosleep nanosleep times alarm getitimer setitimer
allow timer_create timer_delete timer_settime timer_gettime timer_getoverrun adjtimex clock_adjtime

# Processes, threads, signals
allow exit exit_group wait4 waitid execve execveat fork vfork set_tid_address arch_prctl modify_ldt rseq
allow get_thread_area set_thread_area prctl ptrace process_vm_readv process_vm_writev
allow getpid getppid gettid getpgid getpgrp getsid setpgid setsid capget capset
allow getuid geteuid getgid getegid getresuid getresgid getgroups
allow setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups
allow kill tkill tgkill pidfd_open pidfd_send_signal
allow rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait rt_sigqueueinfo
allow rt_tgsigqueueinfo sigaltstack
allow getrlimit setrlimit prlimit64 getrusage getpriority setpriority sysinfo uname getrandom getcpu
allow sched_yield sched_getaffinity sched_setaffinity sched_getparam sched_setparam sched_getscheduler
allow sched_setscheduler sched_getattr sched_setattr sched_get_priority_max sched_get_priority_min
allow sched_rr_get_interval ioprio_get ioprio_set landlock_create_ruleset landlock_add_rule
allow landlock_restrict_self seccomp
# No namespaces: none of CLONE_NEW… (0x7e020000).
allow clone if 0 & 0x7e020000 0
# Its flags lie in memory, where a filter cannot look. The C library falls back to clone on ENOSYS, and only on it.
refuse ENOSYS clone3
allow personality if 0 0
allow personality if 0 8
allow personality if 0 0x20000
allow personality if 0 0x20008
allow personality if 0 0xffffffff

# System V and POSIX messages, memory, semaphores: of its own namespace.
allow shmget shmat shmdt shmctl semget semop semtimedop semctl msgget msgsnd msgrcv msgctl
allow mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr

# Sockets of Unix, IPv4, IPv6, netlink and packet families; never AF_ALG (38) or AF_VSOCK (40).
allow socket if 0 1
allow socket if 0 2
allow socket if 0 10
allow socket if 0 16
allow socket if 0 17
allow socketpair bind connect listen accept accept4 shutdown getsockname getpeername getsockopt setsockopt
allow sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg
