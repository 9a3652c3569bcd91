/**
 * The seccomp filter of a cell: an allow-list of what a process does that computes and speaks on sockets it already has.
 *
 * Guarantees, by the kernel: no file is opened, no socket made, bound or connected, no program run, no process forked,
 * no other process signalled, no descriptor duplicated under another number than libc's own. What is not on the list
 * fails with EPERM; what only an attack asks for, and the calls of another ABI, end the process.
 * Not guaranteed: anything about what is written to the sockets it has, and safety from defects of the kernel itself.
 */
import {
  answer,
  ARCHITECTURE_OFFSET,
  type Instruction,
  jumpAnyBit,
  jumpAtLeast,
  jumpEqual,
  loadArgument,
  loadArgumentHigh,
  loadWord,
  NUMBER_OFFSET,
} from './bpf.ts';
import type { SystemCalls } from './system-calls.ts';

const ALLOW = 0x7fff0000;
const KILL_PROCESS = 0x80000000;
const FAIL = 0x00050000;
const EPERM = 1;
const ENOSYS = 38;
const X32_BIT = 0x40000000;
const CLONE_THREAD = 0x10000;

/** Most frequent first: the kernel goes through the list from its beginning. */
const ALLOWED = [
  ...['futex', 'read', 'write', 'epoll_pwait', 'epoll_wait', 'epoll_ctl', 'clock_gettime', 'madvise', 'mprotect'],
  ...['mmap', 'munmap', 'readv', 'writev', 'recvmsg', 'sendmsg', 'recvfrom', 'sendto', 'pread64', 'getrandom'],
  ...['pkey_mprotect', 'mremap', 'brk', 'sched_yield', 'nanosleep', 'clock_nanosleep', 'rt_sigprocmask'],
  ...['rt_sigaction', 'rt_sigreturn', 'sigaltstack', 'restart_syscall', 'gettid', 'getpid', 'getcpu', 'rseq'],
  ...['set_robust_list', 'exit', 'exit_group', 'membarrier', 'close', 'shutdown', 'getsockname', 'getpeername'],
  ...['getsockopt', 'setsockopt', 'fstat', 'lseek', 'poll', 'ppoll', 'epoll_pwait2', 'gettimeofday', 'time'],
  ...['clock_getres', 'getrusage', 'sysinfo', 'getuid', 'getgid', 'geteuid', 'getegid', 'sched_getaffinity'],
  ...['sched_getparam', 'sched_getscheduler', 'getrlimit', 'mincore', 'pkey_alloc', 'pkey_free'],
] as const;

/** Nothing in a cell ever asks for these. */
const KILLED = [
  ...['ptrace', 'process_vm_readv', 'process_vm_writev', 'bpf', 'perf_event_open', 'userfaultfd'],
  ...['keyctl', 'unshare', 'setns'],
] as const;

/** FIONREAD, FIONBIO, FIOCLEX, TCGETS: none of them feeds a terminal. */
const IOCTLS = [0x541b, 0x5421, 0x5451, 0x5401];
/** F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC: none of them has the kernel send signals. */
const FCNTLS = [1, 2, 3, 4, 1030];
/** PR_SET_NAME; PR_SET_TIMERSLACK; PR_SET_VMA, by which allocators name their memory. */
const PRCTLS = [15, 29, 0x53564d41];

/** Lets everything through but the making of rings, whose operations no filter sees (see no-rings.ts). */
export function noRingsFilter({ numbers }: SystemCalls): Instruction[] {
  const refuse = [jumpEqual(numbers['io_uring_setup']!, 0, 1), answer(FAIL | ENOSYS)];
  return [loadWord(NUMBER_OFFSET), ...refuse, answer(ALLOW)];
}

/** `processId`: the one process that it may signal, itself. */
export function cellFilter({ architecture, hasX32, numbers }: SystemCalls, processId: number): Instruction[] {
  const when = (name: string, then: readonly Instruction[]): Instruction[] => {
    const number = numbers[name];
    return number === undefined ? [] : [jumpEqual(number, 0, then.length), ...then];
  };
  return [
    loadWord(ARCHITECTURE_OFFSET),
    jumpEqual(architecture, 1, 0),
    answer(KILL_PROCESS),
    loadWord(NUMBER_OFFSET),
    ...(hasX32 ? [jumpAtLeast(X32_BIT, 0, 1), answer(KILL_PROCESS)] : []),
    ...ALLOWED.flatMap((name) => when(name, [answer(ALLOW)])),
    ...KILLED.flatMap((name) => when(name, [answer(KILL_PROCESS)])),
    ...when('ioctl', oneOf(1, IOCTLS)),
    ...when('fcntl', oneOf(1, FCNTLS)),
    ...when('prctl', oneOf(0, PRCTLS)),
    ...when('tgkill', oneOf(0, [processId])),
    ...when('kill', oneOf(0, [processId])),
    ...when('clone', [loadArgument(0), jumpAnyBit(CLONE_THREAD, 0, 1), answer(ALLOW), answer(FAIL | EPERM)]),
    // Its flags lie in memory, which a filter cannot read; libc falls back to `clone`.
    ...when('clone3', [answer(FAIL | ENOSYS)]),
    ...when('prlimit64', readsOwnLimits()),
    answer(FAIL | EPERM),
  ];
}

function oneOf(argument: number, values: readonly number[]): Instruction[] {
  const checks = values.flatMap((value) => [jumpEqual(value, 0, 1), answer(ALLOW)]);
  return [loadArgument(argument), ...checks, answer(FAIL | EPERM)];
}

/** Of this process (0), and without new values: a null pointer in both halves. */
function readsOwnLimits(): Instruction[] {
  return [
    loadArgument(0),
    jumpEqual(0, 0, 5),
    loadArgument(2),
    jumpEqual(0, 0, 3),
    loadArgumentHigh(2),
    jumpEqual(0, 0, 1),
    answer(ALLOW),
    answer(FAIL | EPERM),
  ];
}
