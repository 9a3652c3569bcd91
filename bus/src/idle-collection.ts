import { getHeapStatistics } from 'node:v8';

const LOOK_MS = 1_000;
/** CPU within LOOK_MS up to which nobody waits for this process, in microseconds. */
const IDLE_US = 10_000;
/** Looks in a row that find it idle, before a collection. */
const IDLE_LOOKS = 2;
/** Growth since the last collection that is worth one: it takes some 100 ms. */
const GROWN_BYTES = 32 * 2 ** 20;

/**
 * Lets V8 give memory back when this process has nothing to do. V8 collects garbage when it needs room, and a service that has
 * just started, or had much to do, and is then called by nobody needs none: the gateway kept 129 MiB after its start instead of 80
 * (measured). Needs Node's flag `--expose-gc`; without it, nothing happens.
 */
export function collectWhenIdle(): void {
  const { gc } = globalThis;
  if (gc === undefined) return;
  let used = process.cpuUsage();
  let idleLooks = 0;
  let keptBytes = 0;
  const look = (): void => {
    const { user, system } = process.cpuUsage(used);
    used = process.cpuUsage();
    idleLooks = user + system > IDLE_US ? 0 : idleLooks + 1;
    if (idleLooks < IDLE_LOOKS || getHeapStatistics().total_heap_size < keptBytes + GROWN_BYTES) return;
    // Another collection would leave the room for short-lived objects as large as it is.
    void gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    keptBytes = getHeapStatistics().total_heap_size;
  };
  setInterval(look, LOOK_MS).unref();
}
