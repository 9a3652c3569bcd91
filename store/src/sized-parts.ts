import { SovfnError } from '@sovfn/protocol';

export interface SizedPartsOptions {
  /** Bytes that the source must give, no more and no less. */
  readonly size: number;
  readonly partBytes: number;
  /** Longest wait for the next piece of the source. Milliseconds. */
  readonly idleMs: number;
}

/**
 * Cuts a source into parts of `partBytes` (the last may be shorter) and proves its size: the last part is given only
 * once the source has ended at exactly `size` bytes, so a consumer that finishes after the last part can never have
 * finished a truncated or an overlong object. The buffer of a part is reused for the next one.
 * Throws `size-mismatch`, or what the source threw.
 */
export async function* sizedParts(
  source: AsyncIterable<Uint8Array>,
  options: SizedPartsOptions,
): AsyncGenerator<Buffer> {
  const { size, partBytes } = options;
  const part = Buffer.allocUnsafeSlow(Math.min(partBytes, size));
  let total = 0;
  let filled = 0;
  for await (const piece of limitedSource(source, options.idleMs)) {
    total += piece.length;
    if (total > size) throw sizeMismatch(size, `more than ${size}`);
    for (let at = 0; at < piece.length;) {
      // A full part waits for the byte after it: the last one must not leave before the end is proved.
      if (filled === part.length) {
        yield part;
        filled = 0;
      }
      const take = Math.min(piece.length - at, part.length - filled);
      part.set(piece.subarray(at, at + take), filled);
      filled += take;
      at += take;
    }
  }
  if (total !== size) throw sizeMismatch(size, String(total));
  yield part.subarray(0, filled);
}

function sizeMismatch(declared: number, given: string): SovfnError {
  return new SovfnError('size-mismatch', `a body of ${declared} bytes was declared, but its source gave ${given}`, {
    hint: 'Declare the true size, or send the whole body.',
    facts: { declaredBytes: declared },
  });
}

/** The same pieces, each waited for at most `idleMs`. The source is closed when the consumer stops or fails. */
async function* limitedSource(source: AsyncIterable<Uint8Array>, idleMs: number): AsyncGenerator<Uint8Array> {
  const pieces = source[Symbol.asyncIterator]();
  let isEnded = false;
  try {
    for (;;) {
      const next = await within(idleMs, pieces.next());
      if (next.done === true) break;
      yield next.value;
    }
    isEnded = true;
  } finally {
    // A source that hangs would hang its own closing too: it is told, and its answer is not waited for.
    if (!isEnded) void Promise.resolve(pieces.return?.()).catch(ignoreLateFailure);
  }
}

async function within<T>(limitMs: number, promise: Promise<T>): Promise<T> {
  const overdue = Promise.withResolvers<never>();
  const message = `the source of a stored body gave nothing for ${limitMs} ms`;
  const timer = setTimeout(() => overdue.reject(new SovfnError('stream-lost', message)), limitMs);
  try {
    return await Promise.race([promise, overdue.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** The consumer has left already, with its own error or without need of the rest. */
function ignoreLateFailure(): void {}
