/**
 * OTLP over HTTP with JSON, as https://opentelemetry.io/docs/specs/otlp/ has it: ids in hex, 64-bit integers as text.
 *
 * Guarantees: a request ends within SEND_MS. Not guaranteed: that a receiver gets what it could not take in time.
 * Hostile: the receiver's answer, of which only the status and a number are read.
 */
import { z } from 'zod';
import { jsonOrNull } from '@sovfn/protocol';

/** What a receiver is sent with every request, and for what. */
export interface OtlpReceiver {
  /** Without `/v1/traces`. */
  readonly endpoint: string;
  /** Such as `authorization`. */
  readonly headers: Readonly<Record<string, string>>;
}

export type Signal = 'traces' | 'metrics';
/** `again`: the receiver wants it later, or could not be reached. */
export type Sent = { readonly result: 'sent' | 'refused' | 'again'; readonly reason: string | null };

type AttributeValue = string | number | boolean;
type OtlpValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly doubleValue: number }
  | { readonly intValue: string };
export interface OtlpAttribute {
  readonly key: string;
  readonly value: OtlpValue | { readonly arrayValue: { readonly values: readonly OtlpValue[] } };
}

const SEND_MS = 10_000;
const ANSWER_BYTES = 64 * 1024;
/** Of the specification: everything else is never sent again. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const NS_PER_MS = 1_000_000n;

const count = z.coerce.number().default(0);
const answerSchema = z.object({
  partialSuccess: z.object({ rejectedSpans: count, rejectedDataPoints: count }).optional(),
});

/** `ending`: it is given up. */
export async function sendOtlp(
  { endpoint, headers }: OtlpReceiver,
  { signal, document, ending }: { readonly signal: Signal; readonly document: object; readonly ending: AbortSignal },
): Promise<Sent> {
  const url = `${endpoint.replace(/\/+$/, '')}/v1/${signal}`;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(document),
      signal: AbortSignal.any([ending, AbortSignal.timeout(SEND_MS)]),
      redirect: 'error',
    });
    const text = (await response.text()).slice(0, ANSWER_BYTES);
    if (response.ok) return { result: 'sent', reason: rejectedOf(text) };
    return { result: RETRYABLE.has(response.status) ? 'again' : 'refused', reason: `status ${response.status}` };
  } catch (error) {
    const { message, cause } = error as Error;
    return { result: 'again', reason: cause instanceof Error ? `${message}: ${cause.message}` : message };
  }
}

export function attributes(facts: Readonly<Record<string, AttributeValue | null>>): OtlpAttribute[] {
  return Object.entries(facts).flatMap(([key, value]) => (value === null ? [] : [{ key, value: valueOf(value) }]));
}

/** Unix time in nanoseconds. */
export function nanoseconds(ms: number): string {
  return String(BigInt(Math.floor(ms)) * NS_PER_MS + BigInt(Math.round((ms % 1) * Number(NS_PER_MS))));
}

function valueOf(value: AttributeValue): OtlpAttribute['value'] {
  if (typeof value === 'string') return { stringValue: value };
  return typeof value === 'boolean' ? { boolValue: value } : { doubleValue: value };
}

/** A receiver may take a request and still leave parts of it out. */
function rejectedOf(text: string): string | null {
  const parsed = answerSchema.safeParse(jsonOrNull(text)).data?.partialSuccess;
  const rejected = (parsed?.rejectedSpans ?? 0) + (parsed?.rejectedDataPoints ?? 0);
  return rejected > 0 ? `the receiver rejected ${rejected}` : null;
}
