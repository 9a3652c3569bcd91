import { addTrace, HEADER_COUNT, HOP_BY_HOP_HEADERS, RESERVED_HEADER_PREFIX, unpackHeaders } from '@sovfn/protocol';
import { AskError, type BrokerAsk } from '../asks/ask.ts';

/** Set by whoever sends the bytes, never by the function. */
const OWN_HEADERS: ReadonlySet<string> = new Set(['host', 'content-length']);
const CREDENTIAL_HEADERS: ReadonlySet<string> = new Set(['authorization', 'cookie']);
const BODY_HEADERS: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-language',
  'content-location',
  'content-type',
]);

const DEFAULTS: readonly (readonly [string, string])[] = [
  ['accept', '*/*'],
  ['user-agent', 'sovfn'],
  ['accept-encoding', 'gzip, deflate, br'],
];

/** `name, value, name, value, …`, names in lower case. */
export type FlatHeaders = readonly string[];

/**
 * The headers of an outgoing request: those of the function without what belongs to the connection or the platform, and
 * `sovfn-function`, so that whoever receives it can tell its operator which function called, and the trace context.
 */
export function outgoingHeaders(block: string, { from, trace }: Pick<BrokerAsk, 'from' | 'trace'>): string[] {
  const flat = without(readBlock(block), isNotForFunctions);
  for (const [name, value] of DEFAULTS) if (!hasHeader(flat, name)) flat.push(name, value);
  flat.push('sovfn-function', `${from.tenant}/${from.function}`);
  addTrace(flat, trace);
  return flat;
}

/** What a redirect to another origin may not carry. */
export function withoutCredentials(flat: FlatHeaders): string[] {
  return without(flat, (name) => CREDENTIAL_HEADERS.has(name));
}

/** For a redirect that drops the body. */
export function withoutBodyHeaders(flat: FlatHeaders): string[] {
  return without(flat, (name) => BODY_HEADERS.has(name));
}

/** The headers of an answer that the function gets. */
export function answerHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): string[] {
  const flat: string[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || HOP_BY_HOP_HEADERS.has(name)) continue;
    for (const one of Array.isArray(value) ? value : [value]) flat.push(name, one);
  }
  return flat;
}

function isNotForFunctions(name: string): boolean {
  return OWN_HEADERS.has(name) || HOP_BY_HOP_HEADERS.has(name) || name.startsWith(RESERVED_HEADER_PREFIX);
}

function readBlock(block: string): string[] {
  try {
    const flat = unpackHeaders(block);
    if (flat.length <= 2 * HEADER_COUNT) return flat;
  } catch (cause) {
    throw new AskError('TypeError', 'fetch failed: the header block is damaged', cause);
  }
  throw new AskError('TypeError', `fetch failed: the request has more than ${HEADER_COUNT} headers`);
}

function without(flat: FlatHeaders, isUnwanted: (name: string) => boolean): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) {
    if (!isUnwanted(flat[i]!)) kept.push(flat[i]!, flat[i + 1]!);
  }
  return kept;
}

function hasHeader(flat: FlatHeaders, name: string): boolean {
  return flat.some((part, index) => index % 2 === 0 && part === name);
}
