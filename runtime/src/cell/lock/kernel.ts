/** What the lock asks of the kernel, through libc: each request is done, or throws an Error that names it. */
import { dlopen, getRawPointer } from 'node:ffi';
import { encodeProgram, type Instruction } from './bpf.ts';
import type { SystemCalls } from './system-calls.ts';

export interface Kernel {
  /** `prctl(option, value)`. */
  control(name: string, option: number, value: number): void;
  /** `setrlimit`, for good: neither this process nor its children can raise it again. */
  limit(name: string, resource: number, value: number): void;
  /** No new privileges from now on, and this filter: for this thread and what it starts, or for every thread. */
  filter(program: readonly Instruction[], scope: 'this-thread' | 'all-threads'): void;
}

const PR_SET_NO_NEW_PRIVS = 38;
const SECCOMP_SET_MODE_FILTER = 1n;
const SECCOMP_FLAGS = { 'this-thread': 0n, 'all-threads': 1n };

/** Opens libc; nothing but the caller keeps a reference to it. */
export function openKernel({ numbers }: SystemCalls): Kernel {
  const { functions: libc } = dlopen(null, {
    prctl: { arguments: ['int32', 'uint64', 'uint64', 'uint64', 'uint64'], return: 'int32' },
    setrlimit: { arguments: ['int32', 'buffer'], return: 'int32' },
    syscall: { arguments: ['int64', 'uint64', 'uint64', 'buffer'], return: 'int64' },
  });
  const control: Kernel['control'] = (name, option, value) => {
    assertDone(name, libc.prctl(option, BigInt(value), 0n, 0n, 0n));
  };
  return {
    control,
    limit: (name, resource, value) => assertDone(name, libc.setrlimit(resource, resourceLimit(value))),
    filter: (program, scope) => {
      control('PR_SET_NO_NEW_PRIVS', PR_SET_NO_NEW_PRIVS, 1);
      const [call, bytes] = [BigInt(numbers['seccomp']!), encodeProgram(program)];
      const header = programHeader(bytes, program.length);
      assertDone('the filter', libc.syscall(call, SECCOMP_SET_MODE_FILTER, SECCOMP_FLAGS[scope], header));
    },
  };
}

function assertDone(what: string, result: number | bigint): void {
  if (Number(result) !== 0) throw new Error(`the kernel refused ${what} (${result})`);
}

/** `struct rlimit`: what holds, and what it may be raised to. */
function resourceLimit(value: number): Buffer {
  return Buffer.from(BigUint64Array.of(BigInt(value), BigInt(value)).buffer);
}

/** `struct sock_fprog`: the number of instructions and their address. The caller keeps `bytes` alive. */
function programHeader(bytes: Buffer, instructions: number): Buffer {
  return Buffer.from(BigUint64Array.of(BigInt(instructions), getRawPointer(bytes)).buffer);
}
