/**
 * The call message: what a gateway sends to a cell (`inv.…`) or, behind a placement header, to a supervisor (`place.…`).
 *
 * Binary, because it is written and read once per call and carries arbitrary bytes:
 *
 *   0      version (PROTOCOL_VERSION)      8–11   time left for the call, milliseconds, big-endian
 *   1      kind                            12–15  length of the head text, bytes
 *   2      flags                           16–    head text, latin1: `invocation\nmethod\nurl\n` + header block
 *   3      trigger                                then the body, or its first bytes when it is streamed
 *   4      how often it was sent before
 *   5      1: spans that the function makes are wanted, else 0; a receiver may know nothing of it
 *   6–7    zero
 *
 * Hostile input: every field is checked before use; a message that breaks a rule throws ProtocolError.
 */
import { ProtocolError } from './errors.ts';
import type { HeaderBlock } from './headers.ts';
import { isInvocationId } from './invocation-id.ts';
import { HEAD_BYTES } from './limits.ts';
import { isName, isVersionId } from './names.ts';
import { PROTOCOL_VERSION } from './version.ts';

/** What made a call happen. The position is the byte on the wire: append only. */
export const TRIGGERS = ['http', 'webhook', 'schedule', 'queue', 'async', 'service'] as const;
export type Trigger = (typeof TRIGGERS)[number];

export interface Call {
  readonly invocation: string;
  readonly trigger: Trigger;
  readonly method: string;
  /** Absolute URL as the function sees it (gateway/README.md): scheme, authority, path and query, nothing decoded. */
  readonly url: string;
  readonly headers: HeaderBlock;
  /** Milliseconds the caller will still wait when the message is sent. An expired call is answered, not run. */
  readonly remainingMs: number;
  /** 0 for the first send. */
  readonly resends: number;
  /** The whole body, or its first bytes when `streamed`. */
  readonly body: Uint8Array;
  /** More body follows in chunks on the cell's inbox, against credits. */
  readonly streamed: boolean;
  /** Asks a supervisor to place the call although a cell may hold it (see PROBE_AFTER_MS). */
  readonly probe: boolean;
  /** Spans that the function makes meanwhile are wanted (function-spans.ts). */
  readonly isTraced: boolean;
}

export interface Placement {
  readonly tenant: string;
  readonly function: string;
  readonly version: string;
  readonly call: Uint8Array;
}

const KIND_CALL = 1;
const KIND_PLACEMENT = 2;
const FLAG_STREAMED = 1;
const FLAG_PROBE = 2;
const KNOWN_FLAGS = FLAG_STREAMED | FLAG_PROBE;
const HEAD_OFFSET = 16;
const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}$/;

export function encodeCall(call: Call): Buffer {
  const head = `${call.invocation}\n${call.method}\n${call.url}\n${call.headers}`;
  if (head.length > HEAD_BYTES)
    throw new ProtocolError(`the head of a call has ${head.length} bytes; at most ${HEAD_BYTES}`);
  const message = Buffer.allocUnsafe(HEAD_OFFSET + head.length + call.body.length);
  message[0] = PROTOCOL_VERSION;
  message[1] = KIND_CALL;
  message[2] = (call.streamed ? FLAG_STREAMED : 0) | (call.probe ? FLAG_PROBE : 0);
  message[3] = TRIGGERS.indexOf(call.trigger);
  message[4] = call.resends;
  message[5] = call.isTraced ? 1 : 0;
  message[6] = message[7] = 0;
  message.writeUInt32BE(call.remainingMs, 8);
  message.writeUInt32BE(head.length, 12);
  message.write(head, HEAD_OFFSET, 'latin1');
  if (call.body.length > 0) message.set(call.body, HEAD_OFFSET + head.length);
  return message;
}

/** Reads a call. `body` is a view of `message`: copy it to keep it longer than the message. */
export function decodeCall(message: Buffer): Call {
  requireKind(message, KIND_CALL, HEAD_OFFSET, 'call');
  const flags = message[2]!;
  const trigger = TRIGGERS[message[3]!];
  const headLength = message.readUInt32BE(12);
  if ((flags & ~KNOWN_FLAGS) !== 0) throw new ProtocolError(`a call has unknown flags (${flags})`);
  if (trigger === undefined) throw new ProtocolError(`a call has the unknown trigger ${message[3]!}`);
  if (headLength > HEAD_BYTES || HEAD_OFFSET + headLength > message.length) {
    throw new ProtocolError(`a call says its head has ${headLength} bytes; the message has ${message.length}`);
  }
  const head = message.toString('latin1', HEAD_OFFSET, HEAD_OFFSET + headLength);
  const methodAt = head.indexOf('\n') + 1;
  const urlAt = head.indexOf('\n', methodAt) + 1;
  const headersAt = head.indexOf('\n', urlAt) + 1;
  if (methodAt === 0 || urlAt === 0 || headersAt === 0) throw new ProtocolError('the head of a call is incomplete');
  const invocation = head.slice(0, methodAt - 1);
  const method = head.slice(methodAt, urlAt - 1);
  if (!isInvocationId(invocation)) throw new ProtocolError(`a call has the invocation id "${invocation.slice(0, 64)}"`);
  if (!METHOD.test(method)) throw new ProtocolError(`a call has the method "${method.slice(0, 64)}"`);
  return {
    invocation,
    trigger,
    method,
    url: head.slice(urlAt, headersAt - 1),
    headers: head.slice(headersAt),
    remainingMs: message.readUInt32BE(8),
    resends: message[4]!,
    body: message.subarray(HEAD_OFFSET + headLength),
    streamed: (flags & FLAG_STREAMED) !== 0,
    probe: (flags & FLAG_PROBE) !== 0,
    isTraced: message[5] === 1,
  };
}

/**
 * Patches an encoded call in place for another send: time left, number of sends, probe flag. The head and body stay,
 * which is why a call can be repeated without being encoded again.
 */
export function patchCall(message: Buffer, patch: { remainingMs: number; resends: number; probe: boolean }): void {
  message.writeUInt32BE(patch.remainingMs, 8);
  message[4] = patch.resends;
  message[2] = (message[2]! & FLAG_STREAMED) | (patch.probe ? FLAG_PROBE : 0);
}

/** A placement: version, kind, length of the address text, `tenant\nfunction\nversion`, then the call as it is. */
export function encodePlacement(placement: Placement): Buffer {
  const address = `${placement.tenant}\n${placement.function}\n${placement.version}`;
  const message = Buffer.allocUnsafe(4 + address.length + placement.call.length);
  message[0] = PROTOCOL_VERSION;
  message[1] = KIND_PLACEMENT;
  message.writeUInt16BE(address.length, 2);
  message.write(address, 4, 'latin1');
  message.set(placement.call, 4 + address.length);
  return message;
}

export function decodePlacement(message: Buffer): Placement {
  requireKind(message, KIND_PLACEMENT, 4, 'placement');
  const end = 4 + message.readUInt16BE(2);
  const [tenant = '', name = '', version = '', ...rest] = message.toString('latin1', 4, end).split('\n');
  if (end > message.length || rest.length > 0 || !isName(tenant) || !isName(name) || !isVersionId(version)) {
    throw new ProtocolError('a placement does not name a tenant, a function and a version');
  }
  return { tenant, function: name, version, call: message.subarray(end) };
}

function requireKind(message: Buffer, kind: number, least: number, what: string): void {
  if (message.length < least) throw new ProtocolError(`a ${what} has ${message.length} bytes; at least ${least}`);
  if (message[0] !== PROTOCOL_VERSION) {
    throw new ProtocolError(`a ${what} has protocol version ${message[0]!}; this side speaks ${PROTOCOL_VERSION}`);
  }
  if (message[1] !== kind)
    throw new ProtocolError(`a message of kind ${message[1]!} came where a ${what} was expected`);
}
