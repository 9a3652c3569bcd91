import { describe, expect, test } from 'vitest';
import type { Instruction } from './bpf.ts';
import { brokerFilter, cellFilter, noRingsFilter } from './filter.ts';
import { systemCallsOf } from './system-calls.ts';

const SELF = 4_711;
const CLONE_THREAD = 0x10000;
const X32_BIT = 0x40000000;
/** Calls that only one of the tables would have to know: what they are called does not matter, they are on no list. */
const UNLISTED = {
  x64: { openat: 257, execve: 59, socket: 41, connect: 42, fork: 57, dup2: 33 },
  arm64: { openat: 56, execve: 221, socket: 198, connect: 203, dup3: 24 },
};

interface SystemCall {
  readonly number: number;
  readonly architecture?: number;
  readonly args?: readonly bigint[];
}

describe.each(['x64', 'arm64'] as const)('the filter of %s', (processor) => {
  const calls = systemCallsOf('linux', processor)!;
  const program = cellFilter(calls, SELF);
  const ask = (call: SystemCall): string => run(program, { architecture: calls.architecture, ...call });
  const named = (name: string, ...args: bigint[]): string => ask({ number: calls.numbers[name]!, args });

  test('lets a cell compute, and speak on the sockets that it has', () => {
    for (const name of ['futex', 'read', 'write', 'mmap', 'munmap', 'sendmsg', 'recvmsg', 'close', 'exit_group']) {
      expect([name, named(name)]).toEqual([name, 'allow']);
    }
  });

  test.each(Object.entries(UNLISTED[processor]))('fails %s', (_name, number) => {
    expect(ask({ number })).toBe('EPERM');
  });

  test('ends a cell that asks for what only an attack asks for', () => {
    for (const name of ['ptrace', 'bpf', 'process_vm_readv', 'perf_event_open', 'setns', 'unshare', 'keyctl']) {
      expect([name, named(name)]).toEqual([name, 'kill']);
    }
    expect(ask({ number: calls.numbers.read!, architecture: 0x40000003 })).toBe('kill');
  });

  test('lets it start threads, and no processes', () => {
    expect(named('clone', BigInt(CLONE_THREAD | 0x100))).toBe('allow');
    expect(named('clone', 17n)).toBe('EPERM');
    expect(named('clone3')).toBe('ENOSYS');
  });

  test('lets it signal itself, and nobody else', () => {
    expect(named('tgkill', BigInt(SELF))).toBe('allow');
    expect(named('kill', 1n)).toBe('EPERM');
    expect(named('kill', 0xffffffffn)).toBe('EPERM');
  });

  test('lets it read its own limits, and change none', () => {
    expect(named('prlimit64', 0n, 7n, 0n)).toBe('allow');
    expect(named('prlimit64', 1n, 7n, 0n)).toBe('EPERM');
    expect(named('prlimit64', 0n, 7n, 8n)).toBe('EPERM');
    expect(named('prlimit64', 0n, 7n, 1n << 40n)).toBe('EPERM');
  });

  test('lets a cell accept whoever comes to the socket on which it listens', () => {
    expect(named('accept4')).toBe('allow');
  });

  describe('of the broker', () => {
    const brokers = brokerFilter(calls, SELF);
    const askBroker = (name: string, ...args: bigint[]): string =>
      run(brokers, { number: calls.numbers[name]!, architecture: calls.architecture, args });
    const [AT, PATH, CREATE, TEMPORARY] = [0xffffff9cn, 0n, 0o100n, 0o20000000n];

    test('lets it connect, and make sockets for it', () => {
      for (const name of ['connect', 'sendmmsg', 'read', 'futex'])
        expect([name, askBroker(name)]).toEqual([name, 'allow']);
      for (const family of [1n, 2n, 10n, 16n]) expect(askBroker('socket', family)).toBe('allow');
      expect(askBroker('socket', 17n)).toBe('EPERM');
      expect(askBroker('accept4')).toBe('EPERM');
    });

    test('lets it open files for reading, and none for writing', () => {
      expect(askBroker('openat', AT, PATH, 0o2000000n)).toBe('allow');
      for (const flags of [1n, 2n, CREATE, 0o1000n, 0o2000n, TEMPORARY]) {
        expect(askBroker('openat', AT, PATH, flags)).toBe('EPERM');
      }
    });

    test('ends it where it ends a cell, and lets it start no process', () => {
      expect(askBroker('ptrace')).toBe('kill');
      expect(askBroker('clone', 17n)).toBe('EPERM');
      expect(askBroker('kill', 1n)).toBe('EPERM');
    });
  });

  test('lets no ring be made, in the supervisor neither', () => {
    const number = calls.numbers.io_uring_setup!;
    expect(ask({ number })).toBe('EPERM');
    expect(run(noRingsFilter(calls), { number })).toBe('ENOSYS');
    expect(run(noRingsFilter(calls), { number: number + 1 })).toBe('allow');
  });
});

test('on x86-64 the calls of the x32 ABI end the cell', () => {
  const calls = systemCallsOf('linux', 'x64')!;
  const call = { number: X32_BIT + calls.numbers.read!, architecture: calls.architecture };
  expect(run(cellFilter(calls, SELF), call)).toBe('kill');
});

test('there is no filter for other systems and processors', () => {
  expect(systemCallsOf('darwin', 'arm64')).toBeNull();
  expect(systemCallsOf('linux', 'riscv64')).toBeNull();
});

/** As the kernel runs a filter for one call. Throws when the program runs over its end, which the kernel refuses. */
function run(program: readonly Instruction[], { number, architecture = 0, args = [] }: SystemCall): string {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number, 0);
  data.writeUInt32LE(architecture, 4);
  args.forEach((value, index) => data.writeBigUInt64LE(value, 16 + 8 * index));
  let accumulator = 0;
  for (let at = 0; ;) {
    const { code, ifTrue, ifFalse, value } = program[at++]!;
    if (code === 0x06) return nameOf(value);
    if (code === 0x20) accumulator = data.readUInt32LE(value);
    else at += holds(code, accumulator, value >>> 0) ? ifTrue : ifFalse;
  }
}

function holds(code: number, accumulator: number, value: number): boolean {
  if (code === 0x15) return accumulator === value;
  if (code === 0x35) return accumulator >= value;
  if (code === 0x45) return (accumulator & value) !== 0;
  throw new Error(`instruction ${code.toString(16)}`);
}

function nameOf(action: number): string {
  const names: Readonly<Record<number, string>> = {
    0x7fff0000: 'allow',
    0x80000000: 'kill',
    0x50001: 'EPERM',
    0x50026: 'ENOSYS',
  };
  return names[action] ?? action.toString(16);
}
