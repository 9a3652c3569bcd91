/**
 * Gives back what making a guest has left over: garbage, and pages that V8 keeps for later (0.23 of the 1.94 MiB of a warm
 * hello, measured). It takes some milliseconds, so a cold start does not wait for it.
 *
 * isolated-vm has V8 collect all that it can, and return pages, when an ArrayBuffer would pass the isolate's limit. V8's own
 * `gc` would do it too, but has to live in a context of its own (0.2 MiB), or where the guest sees it. So memory that is garbage
 * already is counted against the limit, and one more buffer asks for what seems to be gone. Nobody touches either of
 * them, so neither is ever resident.
 */
import ivm from 'isolated-vm';

const MIB = 2 ** 20;
/** More than a guest uses before a function is in it. */
const USED_AT_MOST = 4 * MIB;
/** One for all isolates of a limit: this process would collect its own garbage if it made one after the other. */
let lent: { readonly memoryMb: number; readonly copy: ivm.ExternalCopy<SharedArrayBuffer> } | null = null;

/** Only before the code of a function is in the isolate, which would see it. */
export function giveBackLeftovers(isolate: ivm.Isolate, context: ivm.Context, memoryMb: number): void {
  try {
    fillUp(isolate, context, memoryMb);
  } catch {
    // The machine promises no such memory, or V8 does it otherwise: what is left over stays, and a test notices.
  }
}

function fillUp(isolate: ivm.Isolate, context: ivm.Context, memoryMb: number): void {
  const { used_heap_size: usedBytes, heap_size_limit: limitBytes } = isolate.getHeapStatisticsSync();
  const lentBytes = memoryMb * MIB - USED_AT_MOST;
  if (lentBytes <= 0 || usedBytes > USED_AT_MOST) return;
  const forget: ivm.Reference = isolate.compileScriptSync('(() => {})').runSync(context, { reference: true });
  forget.applySync(undefined, [lentMemory(memoryMb, lentBytes).copyInto()]);
  forget.release();
  const bytes = limitBytes - lentBytes;
  const script = isolate.compileScriptSync(`void new ArrayBuffer(${bytes}).transfer(0)`);
  script.runSync(context);
  script.release();
}

function lentMemory(memoryMb: number, bytes: number): ivm.ExternalCopy<SharedArrayBuffer> {
  if (lent?.memoryMb !== memoryMb) {
    lent?.copy.release();
    lent = { memoryMb, copy: new ivm.ExternalCopy(new SharedArrayBuffer(bytes)) };
  }
  return lent.copy;
}
