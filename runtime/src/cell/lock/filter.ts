/**
 * The seccomp filters of a cell and of the broker: allow-lists. A cell computes, and speaks on sockets that it already has, and
 * with whoever connects to the one on which it listens. The broker connects to others, and reads files, as the look-up of
 * a name does.
 *
 * Guarantees, by the kernel, for a cell: no file is opened, no socket made, bound or connected, no program run, no process forked,
 * no other process signalled, no descriptor duplicated under another number than libc's own. For the broker: no file is opened
 * for writing, made or renamed, no socket listens, and of programs, processes and signals the same. What is not on the list
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

/** Only a socket that listened before the lock has anybody to accept. */
const CELL_ALLOWED = ['accept4'] as const;

/** To connect, and to look up names: resolvers read files, and ask the kernel for this machine's addresses. */
const BROKER_ALLOWED = [
  ...['connect', 'bind', 'sendmmsg', 'recvmmsg', 'stat', 'lstat', 'newfstatat', 'statx', 'access', 'faccessat'],
  ...['faccessat2', 'readlink', 'readlinkat', 'getdents64', 'uname', 'eventfd2'],
] as const;
/** AF_UNIX, AF_INET, AF_INET6, AF_NETLINK: no packets of other kinds, no virtual machines. */
const FAMILIES = [1, 2, 10, 16];
/** O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND; and the bit that only O_TMPFILE has. */
const WRITING = 0o3 | 0o100 | 0o1000 | 0o2000 | 0o20000000;

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
export function cellFilter(calls: SystemCalls, processId: number): Instruction[] {
  return filterOf(calls, processId, answerEach(calls, CELL_ALLOWED, ALLOW));
}

/** `processId`: as for a cell. */
export function brokerFilter(calls: SystemCalls, processId: number): Instruction[] {
  return filterOf(calls, processId, [
    ...answerEach(calls, BROKER_ALLOWED, ALLOW),
    ...when(calls, 'socket', oneOf(0, FAMILIES)),
    ...when(calls, 'openat', opensForReading(2)),
    ...when(calls, 'open', opensForReading(1)),
  ]);
}

function filterOf(calls: SystemCalls, processId: number, more: readonly Instruction[]): Instruction[] {
  const { architecture, hasX32 } = calls;
  return [
    loadWord(ARCHITECTURE_OFFSET),
    jumpEqual(architecture, 1, 0),
    answer(KILL_PROCESS),
    loadWord(NUMBER_OFFSET),
    ...(hasX32 ? [jumpAtLeast(X32_BIT, 0, 1), answer(KILL_PROCESS)] : []),
    ...answerEach(calls, ALLOWED, ALLOW),
    ...answerEach(calls, KILLED, KILL_PROCESS),
    ...more,
    ...when(calls, 'ioctl', oneOf(1, IOCTLS)),
    ...when(calls, 'fcntl', oneOf(1, FCNTLS)),
    ...when(calls, 'prctl', oneOf(0, PRCTLS)),
    ...when(calls, 'tgkill', oneOf(0, [processId])),
    ...when(calls, 'kill', oneOf(0, [processId])),
    ...when(calls, 'clone', [loadArgument(0), jumpAnyBit(CLONE_THREAD, 0, 1), answer(ALLOW), answer(FAIL | EPERM)]),
    // Its flags lie in memory, which a filter cannot read; libc falls back to `clone`.
    ...when(calls, 'clone3', [answer(FAIL | ENOSYS)]),
    ...when(calls, 'prlimit64', readsOwnLimits()),
    answer(FAIL | EPERM),
  ];
}

/** Instructions for one call; none where the processor does not have it. */
function when({ numbers }: SystemCalls, name: string, then: readonly Instruction[]): Instruction[] {
  const number = numbers[name];
  return number === undefined ? [] : [jumpEqual(number, 0, then.length), ...then];
}

function answerEach(calls: SystemCalls, names: readonly string[], action: number): Instruction[] {
  return names.flatMap((name) => when(calls, name, [answer(action)]));
}

function opensForReading(flags: number): Instruction[] {
  return [loadArgument(flags), jumpAnyBit(WRITING, 0, 1), answer(FAIL | EPERM), answer(ALLOW)];
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
