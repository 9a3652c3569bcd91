import { createHash } from 'node:crypto';
import { type OutputMeta, SovfnError } from '@sovfn/protocol';
import type { SpilledOutput } from './spill/end-message.ts';
import type { SpillStream } from './spill/spill-stream.ts';

/** The body of a pending output. Throws `output-corrupted` when a part is not there (any more). */
export async function* spilledBody(spill: SpillStream, output: SpilledOutput): AsyncGenerator<Buffer> {
  for (let part = 0; part < output.parts; part++) {
    const bytes = await spill.readPart(output.meta, part);
    if (bytes === null) throw missingPart(output, part);
    yield bytes;
  }
  yield output.tail;
}

/** Size and hash that bytes must have. */
export interface ExpectedBytes {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * The same bytes; at their end they are proved to be the ones that were hashed while the call ran. A consumer that does
 * nothing final before the end of the source can never do so with wrong bytes. Throws `output-corrupted`.
 */
export async function* provedBody(
  body: AsyncIterable<Buffer>,
  { invocation }: OutputMeta,
  expected: ExpectedBytes,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of body) {
    hash.update(piece);
    bytes += piece.length;
    yield piece;
  }
  const sha256 = hash.digest('hex');
  if (sha256 === expected.sha256 && bytes === expected.bytes) return;
  const message =
    `output ${invocation} is not what the call left: SHA-256 ${sha256} (${bytes} bytes) ` +
    `where ${expected.sha256} (${expected.bytes} bytes) was recorded`;
  throw new SovfnError('output-corrupted', message, {
    hint: 'The bytes were changed after they were stored: restore the object from a backup.',
    facts: {
      expectedSha256: expected.sha256,
      actualSha256: sha256,
      expectedBytes: expected.bytes,
      actualBytes: bytes,
    },
  });
}

/** Reads a proved body to its end, for the proof alone. */
export async function assertProved(body: AsyncGenerator<Buffer>): Promise<void> {
  for await (const piece of body) void piece;
}

function missingPart(output: SpilledOutput, part: number): SovfnError {
  const message = `part ${part} of the ${output.parts} of pending output ${output.meta.invocation} is missing`;
  return new SovfnError('output-corrupted', message);
}
