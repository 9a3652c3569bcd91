/**
 * A call made by the function's owner through the control API: the same call as over HTTP, limits and outputs included,
 * but the owner is told why it failed, with the stack. Hostile: the response of the function.
 */
import { validateHeaderName, validateHeaderValue } from 'node:http';
import {
  CALLER_HEADER,
  HEADER_COUNT,
  HOP_BY_HOP_HEADERS,
  type InvokeRequest,
  packHeaders,
  RESERVED_HEADER_PREFIX,
  SovfnError,
} from '@sovfn/protocol';
import type { CallFailure } from '../../calls/call-handler.ts';
import type { GatewayContext } from '../../context.ts';
import type { DeployedFunction } from '../../routes/deployed-functions.ts';
import { keepOutput } from './kept-body.ts';
import { type AnswerHead, StreamedCall } from '../../calls/streamed-call.ts';

export interface OwnerCall {
  readonly invocation: string;
  readonly to: DeployedFunction;
  readonly startedAt: Date;
  readonly head: AnswerHead | CallFailure;
  /** Read once when there is a head of a response: ends when the output, if one is kept, is durable. */
  readonly body: AsyncGenerator<Buffer>;
  readonly streamed: StreamedCall;
}

/** Headers that follow from the request itself. */
const OWN_HEADERS: ReadonlySet<string> = new Set(['host', 'content-length']);

/** Resolves with the head of the response, or the failure. Throws what was wrong before the call was sent. */
export async function startOwnerCall(
  context: GatewayContext,
  to: DeployedFunction,
  request: InvokeRequest,
  signal: AbortSignal,
): Promise<OwnerCall> {
  signal.throwIfAborted();
  const { calls, outputs, newInvocation } = context;
  const body = decodeBody(request, to);
  const keepsOutput = to.outputs.keep === 'all';
  if (keepsOutput) outputs.assertRoom(to.target.zone, to.tenant);
  const invocation = newInvocation();
  const startedAt = new Date();
  const call = {
    invocation,
    trigger: 'http',
    method: request.method,
    url: context.publicUrl + request.path,
    headers: packCallHeaders(context, request, to, body.length),
  } as const;
  const streamed = StreamedCall.start(calls, to.target, call, body);
  signal.addEventListener('abort', () => streamed.cancel(), { once: true });
  const head = await untilHead(streamed, signal);
  const source = streamed.body();
  const kept = keepsOutput && 'status' in head;
  const keeping = { context, to, invocation, startedAt };
  return { invocation, to, startedAt, head, streamed, body: kept ? keepOutput(source, head, keeping) : source };
}

/** A cancelled call says nothing more: the client's departure ends the wait. */
async function untilHead(streamed: StreamedCall, signal: AbortSignal): Promise<AnswerHead | CallFailure> {
  const gone = Promise.withResolvers<never>();
  const leave = () => gone.reject(new SovfnError('canceled', 'the client has gone away'));
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([streamed.head, gone.promise]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

/** Throws `body-too-large`. */
export function decodeBody({ body }: InvokeRequest, to: DeployedFunction): Buffer {
  const bytes = body === null ? Buffer.alloc(0) : Buffer.from(body.data, body.encoding);
  if (bytes.length <= to.bodyBytes) return bytes;
  throw new SovfnError(
    'body-too-large',
    `the body has ${bytes.length} bytes; "${to.name}" takes at most ${to.bodyBytes}`,
    {
      hint: 'Raise limits.bodyMb in sovfn.jsonc, or send less.',
      facts: { limit: to.bodyBytes },
    },
  );
}

/** The headers that the function sees. Throws `bad-header` or `headers-too-large`. */
export function packCallHeaders(
  context: GatewayContext,
  request: InvokeRequest,
  to: DeployedFunction,
  bytes: number,
): string {
  const { host } = new URL(context.publicUrl);
  const flat = ['host', host, 'sovfn-base-path', to.basePath, CALLER_HEADER, 'owner'];
  if (request.body !== null) flat.push('content-length', String(bytes));
  if (request.headers.length > HEADER_COUNT * 2) {
    throw new SovfnError('headers-too-large', `the request has more than ${HEADER_COUNT} headers`);
  }
  for (let i = 0; i < request.headers.length; i += 2) {
    const name = request.headers[i]!.toLowerCase();
    const value = request.headers[i + 1] ?? '';
    assertHeader(name, value);
    if (!OWN_HEADERS.has(name)) flat.push(name, value);
  }
  return packHeaders(flat);
}

function assertHeader(name: string, value: string): void {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch (cause) {
    throw new SovfnError('bad-header', `${JSON.stringify(name.slice(0, 100))} is no header with a valid value`, {
      cause,
    });
  }
  if (HOP_BY_HOP_HEADERS.has(name) || name.startsWith(RESERVED_HEADER_PREFIX)) {
    throw new SovfnError('bad-header', `the header "${name}" cannot be set by a caller`, { hint: 'Leave it out.' });
  }
}
