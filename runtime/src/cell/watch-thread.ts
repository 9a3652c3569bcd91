/** The body of the watch thread (see watch.ts). */
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { WATCH_ALIVE, WATCH_FD, WATCH_INTERVAL_MS, WATCH_OVERRUN } from '../channel/watch-report.ts';

const LOOK_MS = 50;
const LOOKS_PER_REPORT = WATCH_INTERVAL_MS / LOOK_MS;

const { deadline } = workerData as { deadline: Float64Array };
const alive = Uint8Array.of(WATCH_ALIVE);
const overrun = Uint8Array.of(WATCH_OVERRUN);
let looks = 0;

setInterval(() => {
  const due = deadline[0]!;
  if (due !== 0 && Date.now() > due) report(overrun);
  else if (++looks % LOOKS_PER_REPORT === 0) report(alive);
}, LOOK_MS);

function report(byte: Uint8Array): void {
  try {
    writeSync(WATCH_FD, byte);
  } catch {
    // Nobody reads: the supervisor is gone, and a cell does not outlive it.
    process.exit(0);
  }
}
