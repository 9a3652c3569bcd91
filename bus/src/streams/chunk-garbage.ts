import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * V8 lets 64 MiB of buffers that nobody holds lie before it frees them, because its own heap is small beside them. A
 * streamed body is made of such buffers, several times over. So they are collected as they are made: they are young, and
 * a collection of young objects takes a fraction of a millisecond.
 */
const COLLECT_AFTER_BYTES = 4 * 1024 * 1024;

const collect = takeCollector();
let bytesSince = 0;

/** Chunks of so many bytes have come or gone. */
export function countChunkBytes(bytes: number): void {
  bytesSince += bytes;
  if (bytesSince < COLLECT_AFTER_BYTES) return;
  bytesSince = 0;
  collect({ type: 'minor' });
}

/** V8 puts its collector into contexts that are made while the flag is set, and only there. */
function takeCollector(): NodeJS.GCFunction {
  setFlagsFromString('--expose-gc');
  const taken = runInNewContext('gc') as NodeJS.GCFunction;
  setFlagsFromString('--no-expose-gc');
  return taken;
}
