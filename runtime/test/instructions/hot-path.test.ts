import { join } from 'node:path';
import { changeOf, COUNTED_NODE_FLAGS, countedCommand, countPerCall, closestCount, whyUncounted } from '@sovfn/testkit';
import { expect, test } from 'vitest';
import { CELL_NODE_FLAGS } from '../../src/supervisor/cells/cell-flags.ts';
import { startCell } from '../cell/cell-harness.ts';

/** Of one `hello`, counted with Node 26.10.0. */
const STORED = 57_000;
const AT_ONCE = 16;
const MAIN = join(import.meta.dirname, 'unlocked-cell.ts');
const LIMIT_MS = 10 * 60_000;

const reason = whyUncounted();
if (reason !== null) console.warn(`a cell's instructions per call are not counted: ${reason}`);

test.skipIf(reason !== null)(
  'a call costs a cell no more instructions than before',
  { timeout: LIMIT_MS },
  async () => {
    expect(changeOf(STORED, await closestCount(STORED, countCell))).toBeNull();
  },
);

async function countCell(): Promise<number> {
  const command = countedCommand([process.execPath, ...COUNTED_NODE_FLAGS, ...CELL_NODE_FLAGS, MAIN]);
  await using cell = await startCell({ command });
  await cell.deploy('hello', `async fetch() { return new Response('hello'); }`);
  const callAll = async (): Promise<void> => {
    const calls = Array.from({ length: AT_ONCE }, () => cell.call('hello'));
    for (const { outcome } of await Promise.all(calls)) expect(outcome).toBe('ok');
  };
  // Awaited here: the cell ends with this function.
  return await countPerCall(cell.parts.child.pid!, { calls: AT_ONCE, callAll });
}
