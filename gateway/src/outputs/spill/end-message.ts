/**
 * The message that makes a pending output complete, on its `end` subject: a length (32 bits, big-endian), that many bytes
 * of JSON, then the last bytes of the body. An output of up to 512 KiB is this one message; a larger one has parts before
 * it. Published after all parts are acknowledged, so whoever sees it can have them all.
 */
import { type OutputMeta, outputMetaSchema, PROTOCOL_VERSION, ProtocolError } from '@sovfn/protocol';
import { z } from 'zod';

export interface SpilledOutput {
  readonly meta: OutputMeta;
  /** Messages `0` … `parts - 1` hold the body's beginning. */
  readonly parts: number;
  /** The body's last bytes: all of it when there are no parts. */
  readonly tail: Buffer;
}

const LENGTH_BYTES = 4;

const headSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  parts: z.int().min(0),
  meta: outputMetaSchema,
});

export function encodeEnd(output: SpilledOutput): Buffer {
  const head = Buffer.from(JSON.stringify({ v: PROTOCOL_VERSION, parts: output.parts, meta: output.meta }));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, output.tail]);
}

/** Throws ProtocolError for anything that `encodeEnd` of this version does not make. */
export function decodeEnd(message: Buffer): SpilledOutput {
  if (message.length < LENGTH_BYTES) throw new ProtocolError('the end of a pending output is cut off');
  const bodyAt = LENGTH_BYTES + message.readUInt32BE();
  if (bodyAt > message.length) throw new ProtocolError('the end of a pending output is cut off');
  const parsed = headSchema.safeParse(parseJson(message.toString('utf8', LENGTH_BYTES, bodyAt)));
  if (!parsed.success) throw new ProtocolError(`the end of a pending output is wrong: ${parsed.error.message}`);
  return { meta: parsed.data.meta, parts: parsed.data.parts, tail: message.subarray(bodyAt) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ProtocolError('the end of a pending output holds no JSON');
  }
}
