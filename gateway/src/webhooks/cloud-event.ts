/**
 * CloudEvents 1.0 over HTTP, in both modes: binary (attributes in `ce-` headers) and structured (one JSON document). The
 * body stays as it came; what is no CloudEvent, or a broken one, is an ordinary delivery.
 */
import { isUtf8 } from 'node:buffer';
import { type JsonObject, parseObject } from './json-fields.ts';
import type { Delivery, DeliveryHeaders } from './scheme.ts';

export interface CloudEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** Every context attribute, `[name, value]`, as the HTTP binding writes them in headers. */
  readonly attributes: readonly (readonly [string, string])[];
}

const HEADER_PREFIX = 'ce-';
const STRUCTURED = /^application\/cloudevents\+json(?:\s*;|$)/i;
const ATTRIBUTE = /^[a-z0-9]{1,64}$/;
const REQUIRED = ['specversion', 'id', 'source', 'type'] as const;
const NO_ATTRIBUTES: ReadonlySet<string> = new Set(['data', 'data_base64']);
const QUOTED = /^".*"$/;
const MOST_ATTRIBUTES = 32;
const LONGEST_VALUE = 1_024;
/** What may not stand in a header as it is: controls, quotes, percent signs, everything beyond ASCII. */
const ESCAPED = /[^\x21\x23\x24\x26-\x7e]/gu;

export function readCloudEvent({ headers, body }: Delivery): CloudEvent | null {
  const isStructured = STRUCTURED.test(headers['content-type'] ?? '');
  const attributes = isStructured ? structuredAttributes(parseObject(body)) : binaryAttributes(headers);
  const known = new Map(attributes);
  const [, id, source, type] = REQUIRED.map((name) => known.get(name) ?? '');
  if (known.get('specversion') !== '1.0' || id === '' || source === '' || type === '') return null;
  return { id: id!, source: source!, type: type!, attributes };
}

function binaryAttributes(headers: DeliveryHeaders): [string, string][] {
  const found: [string, string][] = [];
  for (const [header, value] of Object.entries(headers)) {
    const name = header.startsWith(HEADER_PREFIX) ? header.slice(HEADER_PREFIX.length) : '';
    const text = value !== undefined && ATTRIBUTE.test(name) ? decodeValue(value) : null;
    if (text !== null) found.push([name, encodeValue(text)]);
  }
  return bounded(found);
}

function structuredAttributes(event: JsonObject | null): [string, string][] {
  const found: [string, string][] = [];
  for (const [name, value] of Object.entries(event ?? {})) {
    if (!ATTRIBUTE.test(name) || NO_ATTRIBUTES.has(name)) continue;
    if (typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value)) {
      found.push([name, encodeValue(String(value))]);
    }
  }
  return bounded(found);
}

/** Required ones first, so that they are among those that are kept. */
function bounded(found: readonly [string, string][]): [string, string][] {
  const isRequired = ([name]: readonly [string, string]): boolean => (REQUIRED as readonly string[]).includes(name);
  const ordered = [...found.filter(isRequired), ...found.filter((attribute) => !isRequired(attribute))];
  return ordered.filter(([, value]) => value.length <= LONGEST_VALUE).slice(0, MOST_ATTRIBUTES);
}

/** What a header stands for: it may be quoted, and is percent-encoded once. Null when that is no UTF-8. */
function decodeValue(header: string): string | null {
  const text = QUOTED.test(header) ? header.slice(1, -1).replaceAll(/\\(.)/g, '$1') : header;
  const decoded = text.replaceAll(/%([0-9a-fA-F]{2})/g, (_, byte: string) => String.fromCharCode(parseInt(byte, 16)));
  const bytes = Buffer.from(decoded, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : null;
}

/** One text has one form, so that an event is the same in both modes. */
function encodeValue(text: string): string {
  return text.replaceAll(ESCAPED, percentEncoded);
}

/** Half of a surrogate pair becomes what TextEncoder makes of it. */
function percentEncoded(text: string): string {
  return [...Buffer.from(text, 'utf8')].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}
