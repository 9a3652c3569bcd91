import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ENTRY_NAMES } from '../../bridge/contract.ts';
import { GuestIsolate } from './guest-isolate.ts';

const LATE_NS = 20_000_000;
const NOTHING = `() => ({ ${ENTRY_NAMES.map((name) => `${name}() {}`).join(', ')} })`;

test.runIf(process.platform === 'linux')(
  'every thread that waits for time limits may be late, and the thread that serves calls is as punctual as before',
  () => {
    const before = slackNs(process.pid);
    const known = threads();
    const guest = new GuestIsolate({ source: NOTHING, cache: null, parts: {} }, 128);
    // Due after, and before, what is waited for already.
    for (const limitMs of [10_000, 20_000, 50, 30]) guest.enter('dispatch', [], limitMs);
    const started = threads().filter((thread) => !known.includes(thread));
    guest.dispose();
    expect(started.map(slackNs).filter((ns) => ns !== LATE_NS)).toEqual([]);
    expect(threads().map(slackNs)).toContain(LATE_NS);
    expect(slackNs(process.pid)).toBe(before);
  },
);

const threads = (): number[] => readdirSync('/proc/self/task').map(Number);
const slackNs = (thread: number): number => Number(readFileSync(`/proc/${thread}/timerslack_ns`, 'utf8'));
