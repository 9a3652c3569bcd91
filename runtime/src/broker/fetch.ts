/**
 * Carries out `fetch`: checks each hop against the function's egress, puts secrets in, follows redirects as the Fetch Standard
 * says, hands the answer on as it comes, and reports each hop, the refused ones too.
 */
import { Readable } from 'node:stream';
import { type Dispatcher, errors } from 'undici';
import { z } from 'zod';
import { describeIssues, HEAD_BYTES, INLINE_BODY_BYTES, packHeaders, URL_BYTES } from '@sovfn/protocol';
import type { FetchAnswer, FetchHead } from '../bridge/asks.ts';
import { AskError, type BrokerAnswer, type BrokerAsk } from '../asks/ask.ts';
import { decodedBody } from './decode.ts';
import type { NotedOptions } from './noted-requests.ts';
import { EgressRefused } from './policy.ts';
import type { EgressReach } from './reach.ts';
import type { RequestNote } from './request-note.ts';
import type { AskReports } from './request-reports.ts';
import { answerHeaders, outgoingHeaders, withoutBodyHeaders, withoutCredentials } from './headers.ts';
import type { AnswerMask } from './answer-mask.ts';
import { type PlaceableRequest, placeSecrets } from './secret-placing.ts';

const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}$/;

const headSchema: z.ZodType<FetchHead> = z.strictObject({
  method: z.string().regex(METHOD),
  url: z.url().max(URL_BYTES),
  headers: z.string().max(HEAD_BYTES),
  redirect: z.enum(['follow', 'error', 'manual']),
});

/** One request of a chain of redirects, with placeholders where the function has written them. */
interface Hop extends PlaceableRequest {
  readonly method: string;
}

interface HopAnswer {
  readonly response: Dispatcher.ResponseData;
  readonly mask: AnswerMask;
}

const MOST_REDIRECTS = 20;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const WITHOUT_BODY: ReadonlySet<number> = new Set([101, 204, 205, 304]);

export async function carryOutFetch(ask: BrokerAsk, reach: EgressReach, reports: AskReports): Promise<BrokerAnswer> {
  const head = headSchema.safeParse(ask.head);
  if (!head.success) throw new AskError('TypeError', `fetch failed: ${describeIssues(head.error)}`);
  const { method, url, headers, redirect } = head.data;
  const first = { method, url: new URL(url), headers: outgoingHeaders(headers, ask), body: ask.body };
  let hop: Hop = { ...first, crossedFrom: null };
  for (let redirects = 0; ; redirects++) {
    const { response, mask } = await request(hop, ask, reach, reports.begin(ask, hop, redirects > 0));
    const written = REDIRECTS.has(response.statusCode) ? response.headers['location'] : undefined;
    if (typeof written !== 'string' || redirect === 'manual')
      return answer({ response, mask }, hop, redirects > 0, ask.hold);
    const location = mask.text(written);
    await response.body.dump();
    if (redirect === 'error') throw failed(hop.url, `it redirects to ${location}, and redirect is "error"`);
    if (redirects === MOST_REDIRECTS) throw failed(hop.url, `more than ${MOST_REDIRECTS} redirects`);
    hop = nextHop(hop, response.statusCode, location);
  }
}

async function request(
  hop: Hop,
  { signal }: BrokerAsk,
  { policy, secrets, dispatcherFor }: EgressReach,
  note: RequestNote,
): Promise<HopAnswer> {
  const { method, url, body } = hop;
  try {
    const rule = policy.allow(url);
    const { path, headers, mask } = placeSecrets(hop, secrets);
    if (body instanceof Uint8Array) note.sentBytes = body.length;
    const options: NotedOptions = {
      origin: url.origin,
      path,
      method,
      headers: [...headers],
      body:
        body === null || body instanceof Uint8Array ? body : Readable.from(note.counted(body), { objectMode: false }),
      signal,
      note,
    };
    return { response: await dispatcherFor(rule).request(options), mask };
  } catch (cause) {
    // What the dispatcher has seen has been noted by then.
    note.end(cause instanceof EgressRefused ? 'refused' : 'failed', (cause as Error).message);
    if (cause instanceof AskError) throw cause;
    throw failed(url, describe(cause), cause);
  }
}

function answer(
  { response, mask }: HopAnswer,
  { method, url }: Hop,
  isRedirected: boolean,
  hold: BrokerAsk['hold'],
): BrokerAnswer {
  const { statusCode: status, headers, body } = response;
  const block = packHeaders(mask.headers(answerHeaders(headers)));
  const statusText = mask.text(response.statusText);
  const head: FetchAnswer = { status, statusText, headers: block, url: url.href, isRedirected };
  if (method === 'HEAD' || WITHOUT_BODY.has(status)) {
    body.destroy();
    return { head, body: null };
  }
  const coding = headers['content-encoding'];
  const whole = coding === undefined && mask.isEmpty ? takeWhole(body, headers['content-length']) : null;
  if (whole !== null) return { head, body: whole };
  const decoded = decodedBody(body, typeof coding === 'string' ? coding : (coding ?? []).join(','), hold);
  return { head, body: mask.body(decoded) };
}

/**
 * The body, when all of it has come together with the head, as short answers do: one message to the cell and one entry into
 * the isolate instead of three. Nothing is waited for; null when it is not all there.
 */
function takeWhole(body: Readable, written: string | string[] | undefined): Uint8Array | null {
  const length = typeof written === 'string' ? Number(written) : Infinity;
  if (length === 0 || length > INLINE_BODY_BYTES || body.readableLength !== length) return null;
  const bytes = body.read(length) as Buffer | null;
  // It has an end yet to be read; nothing that happens to the connection from here on changes what was answered.
  body.on('error', () => undefined).resume();
  return bytes;
}

function nextHop(hop: Hop, status: number, location: string): Hop {
  if (!URL.canParse(location, hop.url)) throw failed(hop.url, `it redirects to "${location}", which is no URL`);
  const url = new URL(location, hop.url);
  const isSame = url.origin === hop.url.origin;
  const headers = isSame ? hop.headers : withoutCredentials(hop.headers);
  const crossedFrom = isSame ? hop.crossedFrom : hop.url.origin;
  const becomesGet =
    status === 303 ? hop.method !== 'GET' && hop.method !== 'HEAD' : status <= 302 && hop.method === 'POST';
  if (becomesGet) return { method: 'GET', url, headers: withoutBodyHeaders(headers), body: null, crossedFrom };
  if (hop.body !== null && !(hop.body instanceof Uint8Array)) {
    throw failed(hop.url, `it redirects with status ${status}, and a streamed body cannot be sent again`);
  }
  return { ...hop, url, headers, crossedFrom };
}

function failed(url: URL, reason: string, cause?: unknown): AskError {
  return new AskError('TypeError', `fetch failed: ${url.origin} could not be fetched: ${reason}.`, cause);
}

/** The system's own words name the address and port, which the function's author needs. */
function describe(cause: unknown): string {
  if (cause instanceof errors.ConnectTimeoutError) return 'no connection was made in time';
  if (cause instanceof AggregateError) return cause.errors.map(String).join(', ');
  return cause instanceof Error ? cause.message : String(cause);
}
