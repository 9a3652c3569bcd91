/**
 * The headers of an answer: the function's own, then the platform's. Guarantees: nothing of the connection's (hop-by-hop)
 * and nothing reserved comes from a function, and the length is the body's. Hostile: every name and value of the
 * function. Node's HTTP writer refuses what is no header (RFC 9110), so that cannot split an answer: see `writeHead`.
 */
import {
  ANSWER_HEADERS,
  type HeaderBlock,
  HOP_BY_HOP_HEADERS,
  type LimitName,
  RESERVED_HEADER_PREFIX,
} from '@sovfn/protocol';

export interface FunctionHeaders {
  /** `[name, value, …]` of what may be passed on. */
  readonly flat: string[];
  /** The Content-Length that the function declared, or null. NaN when it is no number. */
  readonly declaredBytes: number | null;
}

export interface MetLimit {
  readonly limit: LimitName;
  readonly value: number | null;
  readonly measured: number | null;
}

/** What the platform says about an answer. Times in milliseconds. */
export interface AnswerFacts {
  readonly invocation: string;
  readonly shortVersion: string;
  readonly node: string | null;
  readonly zone: string;
  /** Null: ok. */
  readonly outcome: string | null;
  /** That the call has met; null: none. */
  readonly limit: MetLimit | null;
  readonly cold: boolean;
  /** Time in the cell, and CPU time there; null when nothing ran. */
  readonly wallMs: number | null;
  readonly cpuMs: number | null;
  readonly totalMs: number;
}

const US_PER_MS = 1_000;
/** By number, each as it was first needed. */
const THOUSANDTHS: string[] = [];
const DECIMAL = /^\d{1,15}$/;

export function readFunctionHeaders(block: HeaderBlock): FunctionHeaders {
  if (block === '') return { flat: [], declaredBytes: null };
  const parts = block.split('\n');
  const flat: string[] = [];
  let declaredBytes: number | null = null;
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const name = parts[i]!.toLowerCase();
    const value = parts[i + 1]!;
    if (name === 'content-length') declaredBytes = DECIMAL.test(value) ? Number(value) : Number.NaN;
    else if (!HOP_BY_HOP_HEADERS.has(name) && !name.startsWith(RESERVED_HEADER_PREFIX)) flat.push(name, value);
  }
  return { flat, declaredBytes };
}

/** Appends the platform's headers to `flat`. */
export function addAnswerFacts(flat: string[], facts: AnswerFacts): void {
  flat.push(ANSWER_HEADERS.invocation, facts.invocation, ANSWER_HEADERS.version, facts.shortVersion);
  flat.push(ANSWER_HEADERS.zone, facts.zone, ANSWER_HEADERS.timing, serverTiming(facts));
  if (facts.node !== null) flat.push(ANSWER_HEADERS.node, facts.node);
  if (facts.outcome !== null) flat.push(ANSWER_HEADERS.outcome, facts.outcome);
  if (facts.limit !== null) flat.push(ANSWER_HEADERS.limit, metLimit(facts.limit));
}

/** A token with parameters (RFC 9651): `cpuMs;value=200;measured=231`. */
function metLimit({ limit, value, measured }: MetLimit): string {
  const parts: string[] = [limit];
  if (value !== null) parts.push(`value=${value}`);
  if (measured !== null) parts.push(`measured=${measured}`);
  return parts.join(';');
}

/** `queue` is the time outside of the function's own: both ways over the bus, and waiting for an isolate. */
function serverTiming(facts: AnswerFacts): string {
  const total = `total;dur=${toMicro(facts.totalMs)}`;
  if (facts.wallMs === null || facts.cpuMs === null) return total;
  const queue = Math.max(0, facts.totalMs - facts.wallMs);
  const timing = `queue;dur=${toMicro(queue)}, cpu;dur=${toMicro(facts.cpuMs)}, ${total}`;
  return facts.cold ? `cold, ${timing}` : timing;
}

/** Milliseconds with at most three decimals. Of whole numbers, because V8 takes long to write others. */
function toMicro(ms: number): string {
  const us = Math.round(ms * US_PER_MS);
  const whole = Math.floor(us / US_PER_MS);
  return `${whole}${(THOUSANDTHS[us - whole * US_PER_MS] ??= thousandths(us - whole * US_PER_MS))}`;
}

/** With a point, and without zeros at the end; nothing for none. */
function thousandths(us: number): string {
  return us === 0 ? '' : `.${String(us).padStart(3, '0').replace(/0+$/, '')}`;
}
