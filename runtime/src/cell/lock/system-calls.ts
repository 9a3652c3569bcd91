/**
 * Numbers of the system calls that the lock speaks of, for each processor it knows. A call that a processor does not
 * have is missing there. From the kernel's tables (asm/unistd_64.h, asm-generic/unistd.h); they never change.
 */
export interface SystemCalls {
  /** AUDIT_ARCH_*: how the kernel names the processor to a filter. */
  readonly architecture: number;
  /** Whether numbers from X32_BIT on are the calls of another ABI. */
  readonly hasX32: boolean;
  readonly numbers: Readonly<Record<string, number>>;
}

const X86_64: SystemCalls = {
  architecture: 0xc000003e,
  hasX32: true,
  numbers: {
    ...{ read: 0, write: 1, close: 3, fstat: 5, poll: 7, ppoll: 271, lseek: 8, mmap: 9, mprotect: 10, munmap: 11 },
    ...{ brk: 12, rt_sigaction: 13, rt_sigprocmask: 14, rt_sigreturn: 15, ioctl: 16, readv: 19, writev: 20 },
    ...{ pread64: 17, pwrite64: 18, sched_yield: 24, mremap: 25, mincore: 27, madvise: 28, nanosleep: 35, getpid: 39 },
    ...{ sendto: 44, recvfrom: 45, sendmsg: 46, recvmsg: 47, shutdown: 48, getsockname: 51, getpeername: 52 },
    ...{ setsockopt: 54, getsockopt: 55, clone: 56, exit: 60, kill: 62, fcntl: 72, gettimeofday: 96, getrlimit: 97 },
    ...{ getrusage: 98, sysinfo: 99, ptrace: 101, getuid: 102, getgid: 104, geteuid: 107, getegid: 108 },
    ...{ sigaltstack: 131, sched_getparam: 143, sched_getscheduler: 145, prctl: 157, gettid: 186, time: 201 },
    ...{ futex: 202, sched_getaffinity: 204, restart_syscall: 219, clock_gettime: 228, clock_getres: 229 },
    ...{ clock_nanosleep: 230, exit_group: 231, epoll_wait: 232, epoll_ctl: 233, tgkill: 234, keyctl: 250 },
    ...{ set_robust_list: 273, unshare: 272, epoll_pwait: 281, perf_event_open: 298, prlimit64: 302, setns: 308 },
    ...{ getcpu: 309, process_vm_readv: 310, process_vm_writev: 311, seccomp: 317, getrandom: 318, bpf: 321 },
    ...{ userfaultfd: 323, membarrier: 324, pkey_mprotect: 329, pkey_alloc: 330, pkey_free: 331, rseq: 334 },
    ...{ io_uring_setup: 425, clone3: 435, epoll_pwait2: 441, open: 2, stat: 4, lstat: 6, access: 21, socket: 41 },
    ...{ connect: 42, accept4: 288, bind: 49, uname: 63, readlink: 89, getdents64: 217, openat: 257, newfstatat: 262 },
    ...{ readlinkat: 267, faccessat: 269, recvmmsg: 299, sendmmsg: 307, statx: 332, faccessat2: 439, eventfd2: 290 },
  },
};

const ARM64: SystemCalls = {
  architecture: 0xc00000b7,
  hasX32: false,
  numbers: {
    ...{ epoll_ctl: 21, epoll_pwait: 22, fcntl: 25, ioctl: 29, close: 57, lseek: 62, read: 63, write: 64, readv: 65 },
    ...{ writev: 66, pread64: 67, pwrite64: 68, ppoll: 73, fstat: 80, exit: 93, exit_group: 94, unshare: 97 },
    ...{ futex: 98, set_robust_list: 99, nanosleep: 101, clock_gettime: 113, clock_getres: 114, clock_nanosleep: 115 },
    ...{ ptrace: 117, sched_getscheduler: 120, sched_getparam: 121, sched_getaffinity: 123, sched_yield: 124 },
    ...{ restart_syscall: 128, kill: 129, tgkill: 131, sigaltstack: 132, rt_sigaction: 134, rt_sigprocmask: 135 },
    ...{ rt_sigreturn: 139, getrlimit: 163, getrusage: 165, prctl: 167, getcpu: 168, gettimeofday: 169, getpid: 172 },
    ...{ getuid: 174, geteuid: 175, getgid: 176, getegid: 177, gettid: 178, sysinfo: 179, getsockname: 204 },
    ...{ getpeername: 205, sendto: 206, recvfrom: 207, setsockopt: 208, getsockopt: 209, shutdown: 210 },
    ...{ sendmsg: 211, recvmsg: 212, brk: 214, munmap: 215, mremap: 216, keyctl: 219, clone: 220, mmap: 222 },
    ...{ mprotect: 226, mincore: 232, madvise: 233, perf_event_open: 241, prlimit64: 261, setns: 268 },
    ...{ process_vm_readv: 270, process_vm_writev: 271, seccomp: 277, getrandom: 278, bpf: 280, userfaultfd: 282 },
    ...{ membarrier: 283, pkey_mprotect: 288, pkey_alloc: 289, pkey_free: 290, rseq: 293, clone3: 435 },
    ...{ io_uring_setup: 425, epoll_pwait2: 441, eventfd2: 19, faccessat: 48, openat: 56, getdents64: 61 },
    ...{
      readlinkat: 78,
      newfstatat: 79,
      uname: 160,
      socket: 198,
      bind: 200,
      connect: 203,
      accept4: 242,
      recvmmsg: 243,
    },
    ...{ sendmmsg: 269, statx: 291, faccessat2: 439 },
  },
};

/** Null on a platform for which there is no filter. */
export function systemCallsOf(platform: NodeJS.Platform, processor: NodeJS.Architecture): SystemCalls | null {
  if (platform !== 'linux') return null;
  if (processor === 'x64') return X86_64;
  return processor === 'arm64' ? ARM64 : null;
}
