/**
 * A bundle: several messages of the call path that leave in the same turn for the same subject, in one message on the bus,
 * because there each message costs as much as its bytes do not.
 *
 *   0 version   1 kind   2–3 count   then for each: 1 byte length of its name, 4 bytes length, name (latin1), message
 *
 * The name is the last token of the message's own reply subject, which thus begins as the bundle's does.
 * Hostile input: a bundle that breaks a rule throws ProtocolError; what stands before the broken place has been handed on.
 */
import { ProtocolError } from './errors.ts';
import { PROTOCOL_VERSION } from './version.ts';

export interface BundledMessage {
  readonly name: string;
  readonly message: Uint8Array;
}

const KIND_BUNDLE = 32;
const HEAD_BYTES = 4;
const ENTRY_BYTES = 5;
const MOST_MESSAGES = 256;

export function encodeBundle(entries: readonly BundledMessage[]): Buffer {
  let bytes = HEAD_BYTES;
  for (const { name, message } of entries) bytes += ENTRY_BYTES + name.length + message.length;
  const bundle = Buffer.allocUnsafe(bytes);
  bundle[0] = PROTOCOL_VERSION;
  bundle[1] = KIND_BUNDLE;
  bundle.writeUInt16BE(entries.length, 2);
  let at = HEAD_BYTES;
  for (const { name, message } of entries) {
    bundle[at] = name.length;
    bundle.writeUInt32BE(message.length, at + 1);
    bundle.write(name, at + ENTRY_BYTES, 'latin1');
    bundle.set(message, at + ENTRY_BYTES + name.length);
    at += ENTRY_BYTES + name.length + message.length;
  }
  return bundle;
}

/** Hands on each message, in order, as a view of the bundle. */
export function readBundle(bundle: Buffer, take: (name: string, message: Buffer) => void): void {
  const count = readCount(bundle);
  let at = HEAD_BYTES;
  for (let read = 0; read < count; read++) {
    if (at + ENTRY_BYTES > bundle.length) throw cutOff(bundle, count);
    const nameEnd = at + ENTRY_BYTES + bundle[at]!;
    const end = nameEnd + bundle.readUInt32BE(at + 1);
    if (end > bundle.length) throw cutOff(bundle, count);
    take(bundle.toString('latin1', at + ENTRY_BYTES, nameEnd), bundle.subarray(nameEnd, end));
    at = end;
  }
  if (at !== bundle.length) throw new ProtocolError(`a bundle has ${bundle.length - at} bytes behind its messages`);
}

function readCount(bundle: Buffer): number {
  if (bundle.length < HEAD_BYTES)
    throw new ProtocolError(`a bundle has ${bundle.length} bytes; at least ${HEAD_BYTES}`);
  if (bundle[0] !== PROTOCOL_VERSION) {
    throw new ProtocolError(`a bundle has protocol version ${bundle[0]!}; this side speaks ${PROTOCOL_VERSION}`);
  }
  if (bundle[1] !== KIND_BUNDLE)
    throw new ProtocolError(`a message of kind ${bundle[1]!} came where a bundle was expected`);
  const count = bundle.readUInt16BE(2);
  if (count > MOST_MESSAGES) throw new ProtocolError(`a bundle has ${count} messages; at most ${MOST_MESSAGES}`);
  return count;
}

function cutOff(bundle: Buffer, count: number): ProtocolError {
  return new ProtocolError(`a bundle of ${count} messages ends after ${bundle.length} bytes, inside one of them`);
}
