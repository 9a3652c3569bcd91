import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { ProcessorShare } from './processor-share.ts';

const WAITING = 60_000;
/** CPU that `burn` uses, at least. Milliseconds. */
const BURNT_MS = 400;
const BURN = `
process.on('message', () => {
  const before = process.cpuUsage().user;
  while (process.cpuUsage().user - before < ${BURNT_MS}_000);
  process.send('burnt');
});
process.send('ready');
`;

describe.skipIf(!existsSync('/proc/self/autogroup'))('the weight of a cell', () => {
  test(
    'a cell that spends its time on few calls comes after others until its calls are short',
    async () => {
      await using cell = await Burner.start();
      const share = new ProcessorShare(cell.pid);
      share.look(0, 0);
      await cell.burn();
      share.look(1_000, 10);
      expect(cell.nice).toBe(10);
      for (const [second, nice] of [10, 10, 0].entries()) {
        share.look(2_000 + second * 1_000, 10);
        expect(cell.nice).toBe(nice);
      }
    },
    WAITING,
  );

  test(
    'many short calls, or a little of the processor, take no weight from a cell',
    async () => {
      await using cell = await Burner.start();
      const share = new ProcessorShare(cell.pid);
      share.look(0, 0);
      await cell.burn();
      share.look(1_000, 10_000);
      expect(cell.nice).toBe(0);
      await cell.burn();
      share.look(60_000, 10_010);
      expect(cell.nice).toBe(0);
    },
    WAITING,
  );

  test('of a cell that is gone nothing is asked', async () => {
    const cell = await Burner.start();
    const share = new ProcessorShare(cell.pid);
    await cell[Symbol.asyncDispose]();
    expect(() => share.look(1_000, 0)).not.toThrow();
    share.close();
    expect(() => share.look(2_000, 0)).not.toThrow();
    expect(() => new ProcessorShare(cell.pid).close()).not.toThrow();
  });
});

/** A process in a session of its own, as cells are. */
class Burner implements AsyncDisposable {
  readonly pid: number;
  readonly #child: ChildProcess;

  static async start(): Promise<Burner> {
    const child = spawn(process.execPath, ['-e', BURN], {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    await once(child, 'message');
    return new Burner(child);
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.pid = child.pid!;
  }

  get nice(): number {
    return Number(/nice (-?\d+)/.exec(readFileSync(`/proc/${this.pid}/autogroup`, 'latin1'))![1]);
  }

  async burn(): Promise<void> {
    const burnt = once(this.#child, 'message');
    this.#child.send('burn');
    await burnt;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}
