/** What a caller asks for with an asynchronous call, in headers or in the query. Hostile: all of it. */
import type { IncomingHttpHeaders } from 'node:http';
import { durationMs, durationSchema, SovfnError } from '@sovfn/protocol';
import { callbackUrlProblem } from '../callbacks/callback-url.ts';

export interface AsyncOptions {
  /** The URL without the options. */
  readonly url: string;
  /** Names the event together with the caller; null: every request is an event of its own. */
  readonly key: string | null;
  readonly notBefore: Date | null;
  readonly callback: string | null;
  readonly orderingKey: string | null;
}

/** Longest delay: 30 days. Milliseconds. */
export const MOST_DELAY_MS = 30 * 86_400_000;

const RESPOND_ASYNC = /(?:^|,)\s*respond-async\s*(?:$|[,;])/i;
const OPTIONS = ['sovfn-delay', 'sovfn-not-before', 'sovfn-callback', 'sovfn-ordering-key'] as const;
type OptionName = (typeof OPTIONS)[number];
const SECONDS = /^\d{1,9}$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/i;
const KEY = /^[\x21-\x7e]{1,256}$/;

/** Does the request ask to be answered before it has run (RFC 7240)? */
export function prefersAsync(headers: IncomingHttpHeaders): boolean {
  const { prefer } = headers;
  // Node joins several Prefer headers with commas.
  return prefer !== undefined && RESPOND_ASYNC.test(String(prefer));
}

/** Throws `bad-request`, which names the option and its rule. */
export function readAsyncOptions(headers: IncomingHttpHeaders, fullUrl: string, now = Date.now()): AsyncOptions {
  const { url, inQuery } = takeOptions(fullUrl);
  const option = (name: OptionName): string | null => {
    const inHeader = headers[name];
    if (Array.isArray(inHeader)) throw refused(name, inHeader.join(', '), 'it may stand once');
    return inHeader ?? inQuery.get(name) ?? null;
  };
  return {
    url,
    key: readKey(headers),
    notBefore: readStart(option('sovfn-delay'), option('sovfn-not-before'), now),
    callback: readCallback(option('sovfn-callback')),
    orderingKey: readOrderingKey(option('sovfn-ordering-key')),
  };
}

/** The rest of the query stays as it was written. */
function takeOptions(fullUrl: string): { url: string; inQuery: ReadonlyMap<string, string> } {
  const inQuery = new Map<string, string>();
  const queryAt = fullUrl.indexOf('?');
  if (queryAt < 0 || !fullUrl.includes('sovfn-', queryAt)) return { url: fullUrl, inQuery };
  const kept: string[] = [];
  for (const part of fullUrl.slice(queryAt + 1).split('&')) {
    const [name, value] = [...new URLSearchParams(part)][0] ?? ['', ''];
    if (!OPTIONS.some((option) => option === name)) kept.push(part);
    else if (inQuery.has(name)) throw refused(name, value, 'it may stand once');
    else inQuery.set(name, value);
  }
  const query = kept.length === 0 ? '' : `?${kept.join('&')}`;
  return { url: fullUrl.slice(0, queryAt) + query, inQuery };
}

/**
 * The caller's credentials are part of the name: whoever repeats another's key without them makes an event of their own,
 * and is not led to the other's result.
 */
function readKey(headers: IncomingHttpHeaders): string | null {
  const key = headers['idempotency-key'];
  if (key === undefined) return null;
  if (Array.isArray(key) || !KEY.test(key)) {
    throw refused('idempotency-key', String(key), 'it is 1 to 256 visible ASCII characters without spaces');
  }
  return `async:${key}\n${headers.authorization ?? ''}\n${headers.cookie ?? ''}`;
}

function readStart(delay: string | null, notBefore: string | null, now: number): Date | null {
  if (delay !== null && notBefore !== null) throw refused('sovfn-delay', delay, 'sovfn-not-before is set as well');
  if (delay !== null) return startAfter(delay, now);
  return notBefore === null ? null : startAt(notBefore, now);
}

function startAfter(delay: string, now: number): Date | null {
  const isSeconds = SECONDS.test(delay);
  if (!isSeconds && !durationSchema.safeParse(delay).success) {
    throw refused('sovfn-delay', delay, 'it is a number of seconds, or a number and a unit, such as 10m');
  }
  const ms = isSeconds ? Number(delay) * 1_000 : durationMs(delay);
  if (ms > MOST_DELAY_MS) throw refused('sovfn-delay', delay, TOO_LATE);
  return ms === 0 ? null : new Date(now + ms);
}

function startAt(text: string, now: number): Date | null {
  const time = DATE_TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) {
    throw refused('sovfn-not-before', text, 'it is a time with its offset, such as 2026-10-25T02:30:00+01:00');
  }
  if (time - now > MOST_DELAY_MS) throw refused('sovfn-not-before', text, TOO_LATE);
  return time <= now ? null : new Date(time);
}

const TOO_LATE = 'at most 30 days from now are possible';

function readCallback(text: string | null): string | null {
  if (text === null) return null;
  const rule = callbackUrlProblem(text);
  // The text may hold a password.
  if (rule !== null) throw refused('sovfn-callback', text.replace(/\/\/[^/]*@/, '//…@'), rule);
  return new URL(text).href;
}

function readOrderingKey(text: string | null): string | null {
  if (text === null || KEY.test(text)) return text;
  throw refused('sovfn-ordering-key', text, 'it is 1 to 256 visible ASCII characters without spaces');
}

function refused(name: string, value: string, rule: string): SovfnError {
  return new SovfnError('bad-request', `${name} cannot be ${JSON.stringify(value.slice(0, 100))}: ${rule}`, {
    hint: 'docs/events.md describes the options of an asynchronous call.',
  });
}
