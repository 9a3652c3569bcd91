/**
 * Carries out calls of one function by another: a request to a gateway of the zone, which starts the call as it would for
 * a caller from outside (see docs/adr/0008). A supervisor itself may call nothing.
 */
import type { NatsConnection } from '@nats-io/transport-node';
import {
  addTrace,
  PROTOCOL_VERSION,
  packHeaders,
  packMessage,
  SERVICE_BODY_BYTES,
  SERVICE_DEPTH,
  serviceAnswerSchema,
  serviceSubject,
  type ServiceRequest,
  type TraceContext,
  unpackHeaders,
  unpackMessage,
} from '@sovfn/protocol';
import { z } from 'zod';
import type { FetchAnswer, ServiceHead } from '../../bridge/asks.ts';
import { AskError, type BrokerAnswer } from '../../asks/ask.ts';
import { collectBody, grantedBinding, parseHead } from './granted.ts';
import type { BindingHandler, GrantedAsk } from './grants.ts';

/** Longer than the longest call: the gateway answers every call, and the calling one has its own limit. */
const ANSWER_MS = 905_000;

const headSchema: z.ZodType<ServiceHead> = z.strictObject({
  binding: z.string().max(128),
  method: z.string().max(32),
  url: z.string().max(16_384),
  headers: z.string().max(65_536),
});

export function makeServiceHandler(connection: NatsConnection): BindingHandler {
  return async (ask) => {
    const { depth } = ask;
    const { binding, method, url, headers } = parseHead(headSchema, ask);
    const { function: callee } = grantedBinding(ask, binding, 'service');
    const { zone, tenant, function: from } = ask.from;
    if (depth >= SERVICE_DEPTH) {
      throw new AskError(
        'RangeError',
        `"${from}" calls "${callee}" ${depth + 1} service calls deep; at most ${SERVICE_DEPTH} are allowed.`,
      );
    }
    const body = await collectBody(ask, SERVICE_BODY_BYTES, `The body for "${callee}"`);
    const traced = withTrace(headers, ask.trace);
    const call = { zone, tenant, from, function: callee, depth: depth + 1, method, url, headers: traced };
    return carryOut(connection, { v: PROTOCOL_VERSION, ...call }, body, ask);
  };
}

function withTrace(headers: string, trace: TraceContext | null): string {
  if (trace === null) return headers;
  try {
    const flat = unpackHeaders(headers);
    addTrace(flat, trace);
    return packHeaders(flat);
  } catch (cause) {
    throw new AskError('TypeError', 'The header block of the request is damaged', cause);
  }
}

async function carryOut(
  connection: NatsConnection,
  request: ServiceRequest,
  body: Buffer,
  ask: GrantedAsk,
): Promise<BrokerAnswer> {
  const message = await Promise.race([
    connection.request(serviceSubject(request.zone), packMessage(request, body), { timeout: ANSWER_MS }),
    aborted(ask.signal),
  ]);
  const answer = unpackMessage(Buffer.from(message.data));
  const { failure, status, headers } = serviceAnswerSchema.parse(answer.head);
  if (failure !== null) throw new AskError('Error', failure);
  const head: FetchAnswer = { status, statusText: '', headers, url: request.url, isRedirected: false };
  return { head, body: answer.body };
}

function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  return promise;
}
