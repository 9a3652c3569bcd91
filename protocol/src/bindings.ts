/** Where the data of bindings lies, and how functions call each other: names that gateway and supervisor share. */
import { z } from 'zod';
import { MESSAGE_BYTES } from './limits.ts';
import { isName, nameSchema } from './names.ts';
import { PROTOCOL_VERSION } from './version.ts';
import type { FunctionAddress } from './subjects.ts';

/** KV bucket with the values of all `kv` bindings of a zone: one for each zone, so that what a node may read says its zone. */
export const kvBucket = (zone: string): string => `kv-${checked(zone)}`;

/** Stream of the durable events of a zone. Gateways alone publish to it. */
export const eventStream = (zone: string): string => `EVT_${checked(zone)}`;

/**
 * Stream of the messages of a zone's `queue` bindings. Of its own, because supervisors publish to it: the target of a
 * delayed message is not checked against their permissions, only that it lies in the same stream.
 */
export const queueStream = (zone: string): string => `QUE_${checked(zone)}`;

/** What became of the ticks of a zone's schedules. */
export const tickStream = (zone: string): string => `TCK_${checked(zone)}`;

/** What is known of the zone's events, for the time that records are kept. */
export const recordStream = (zone: string): string => `REC_${checked(zone)}`;

/** The zone's dead letters. */
export const deadLetterStream = (zone: string): string => `DLQ_${checked(zone)}`;

/** The zone's events that ended lately, to be replayed. */
export const endedEventStream = (zone: string): string => `END_${checked(zone)}`;

/** Outputs of the zone that wait for the object store. */
export const spillStream = (zone: string): string => `OUT_${checked(zone)}`;

const PLAIN = /^[A-Za-z0-9_/-]$/;
const KEY_BYTES = 512;

/** Prefix of the keys of one binding; ends with a dot. Binding names hold letters, digits and _ only. */
export const kvPrefix = (of: Omit<FunctionAddress, 'zone'>, binding: string): string =>
  `${checked(of.tenant)}.${checked(of.function)}.${binding}.`;

/** A key as one token of a subject: what NATS does not take is written as `=` and the bytes in hex. Null when it is too long, or empty. */
export function encodeKvKey(key: string): string | null {
  if (key === '' || Buffer.byteLength(key) > KEY_BYTES || !key.isWellFormed()) return null;
  let encoded = '';
  for (const character of key) {
    encoded += PLAIN.test(character) ? character : Buffer.from(character).toString('hex').replace(/../g, '=$&');
  }
  return encoded;
}

export function decodeKvKey(encoded: string): string {
  const bytes = encoded.replace(/=([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** Calls that may be under each other: a function that calls itself ends here. */
export const SERVICE_DEPTH = 16;
/** Header of a service call's answer and request: how deep it is. Only the platform sets it. */
export const DEPTH_HEADER = 'sovfn-depth';
/** Body of a service call, each way: it travels inside one message. Bytes. */
export const SERVICE_BODY_BYTES = MESSAGE_BYTES - 192 * 1024;

/** Head of a service call, supervisor to gateway on `svc.<zone>`: 4 bytes length, JSON, body. */
export const serviceRequestSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  zone: nameSchema,
  tenant: nameSchema,
  /** Who calls. */
  from: nameSchema,
  function: nameSchema,
  depth: z.int().min(1).max(SERVICE_DEPTH),
  method: z.string().max(32),
  url: z.string().max(16_384),
  /** Header block. */
  headers: z.string().max(65_536),
});
export type ServiceRequest = z.output<typeof serviceRequestSchema>;

/** Head of its answer. `failure` null: the function's response, with its body behind. */
export const serviceAnswerSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  status: z.int(),
  headers: z.string(),
  failure: z.string().nullable(),
});
export type ServiceAnswer = z.output<typeof serviceAnswerSchema>;

const LENGTH_BYTES = 4;

/** JSON and bytes in one message. */
export function packMessage(head: object, body: Uint8Array): Buffer {
  const text = Buffer.from(JSON.stringify(head), 'utf8');
  const message = Buffer.allocUnsafe(LENGTH_BYTES + text.length + body.length);
  message.writeUInt32BE(text.length, 0);
  message.set(text, LENGTH_BYTES);
  message.set(body, LENGTH_BYTES + text.length);
  return message;
}

/** `body` is a view of the message. Throws SyntaxError or RangeError for what is no such message. */
export function unpackMessage(message: Buffer): { head: unknown; body: Buffer } {
  const bodyAt = LENGTH_BYTES + message.readUInt32BE(0);
  if (bodyAt > message.length) throw new RangeError('the message is shorter than it says');
  return {
    head: JSON.parse(message.toString('utf8', LENGTH_BYTES, bodyAt)) as unknown,
    body: message.subarray(bodyAt),
  };
}

function checked(name: string): string {
  if (!isName(name)) throw new RangeError(`"${name}" cannot be a part of a name`);
  return name;
}
