/**
 * One attempt of an event: the same call as over HTTP, to the function's current version, with what it left behind kept.
 *
 * Guarantees: when a successful response is returned, its output is in the object store, under a place that follows from
 * the event and the attempt. An attempt that has left an output anywhere is a result, also when it was stopped: no other
 * attempt of its number writes to the same place. Nothing runs outside of the event's zone. Hostile: the response.
 */
import {
  encodeScheduledCall,
  EVENT_HEADERS,
  type EventHead,
  functionOfEvent,
  LAST_RESPONSE_BYTES,
  outputPrefixOf,
  packHeaders,
  unpackHeaders,
} from '@sovfn/protocol';
import type { CallClient } from '../../calls/call-client.ts';
import type { CallFailure } from '../../calls/call-handler.ts';
import { type AnswerHead, CallBrokenOff, StreamedCall } from '../../calls/streamed-call.ts';
import type { OutputStart, OutputWriter } from '../../outputs/index.ts';
import type { DeployedFunction, DeployedFunctions } from '../../routes/deployed-functions.ts';
import type { EventBodies } from '../accept/event-bodies.ts';
import { retryOf } from '../event-policy.ts';
import { readRetryAfter } from '../retry-after.ts';
import { type AttemptFailure, attemptFailure, type AttemptResponse, type AttemptResult } from './attempt-result.ts';
import {
  type BegunCall,
  factsOf,
  failureOfCall,
  failureOfStart,
  notFound,
  refuseElsewhere,
  UNKNOWN,
  untilAborted,
} from './attempt-facts.ts';
import { isSuccess } from './retry-decision.ts';

export interface AttemptSurroundings {
  readonly functions: DeployedFunctions;
  readonly calls: CallClient;
  readonly outputs: OutputWriter;
  readonly bodies: EventBodies;
  readonly newInvocation: () => string;
}

export interface AskedAttempt {
  readonly head: EventHead;
  /** Empty when the head refers to an object. */
  readonly body: Buffer;
  readonly attempt: number;
  readonly signal: AbortSignal;
}

const HEADERS_CHARACTERS = 8_000;

/** The attempt was stopped, and its output is on its way. */
class OutputLeft extends Error {
  override name = 'OutputLeft';
}

/** Throws what the signal is aborted with; whatever else goes wrong is a result. */
export async function runAttempt(surroundings: AttemptSurroundings, asked: AskedAttempt): Promise<AttemptResult> {
  asked.signal.throwIfAborted();
  const facts = { ...UNKNOWN, invocation: surroundings.newInvocation(), startedAt: new Date() };
  const { head } = asked;
  const to = surroundings.functions.get(head.tenant, head.function);
  const refusal = to === null ? notFound(head) : refuse(surroundings, to, head);
  if (refusal !== null) return { ...facts, ...refusal };
  try {
    return await callFunction(surroundings, asked, { to: to!, ...facts });
  } catch (error) {
    if (!(error instanceof OutputLeft)) asked.signal.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    return { ...facts, version: to!.version, ...attemptFailure('internal-error', message) };
  }
}

/** Why the call must not be made, or null. */
function refuse({ outputs }: AttemptSurroundings, to: DeployedFunction, head: EventHead): AttemptFailure | null {
  const elsewhere = refuseElsewhere(to, head);
  if (elsewhere !== null) return elsewhere;
  const refusal = to.outputs.keep === 'none' ? null : outputs.refusal(to.target.zone);
  if (refusal === null) return null;
  const code = refusal.code === 'residency-unsatisfied' ? refusal.code : 'output-store-full';
  return attemptFailure(code, refusal.message);
}

async function callFunction(
  surroundings: AttemptSurroundings,
  asked: AskedAttempt,
  call: BegunCall,
): Promise<AttemptResult> {
  const { signal } = asked;
  let streamed: StreamedCall;
  try {
    streamed = startCall(surroundings, asked, call);
  } catch (error) {
    const { invocation, startedAt, to } = call;
    return { ...UNKNOWN, invocation, startedAt, version: to.version, ...failureOfStart(error) };
  }
  const stop = (): void => streamed.cancel();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const head = await untilAborted(streamed.head, signal);
    const response = 'status' in head ? await takeResponse(surroundings, asked, { ...call, streamed, head }) : null;
    const result = response ?? failureOfCall(head as CallFailure);
    return { ...factsOf(call, streamed, head), ...result };
  } catch (error) {
    if (!(error instanceof CallBrokenOff)) throw error;
    return { ...factsOf(call, streamed, error.failure), ...failureOfCall(error.failure) };
  } finally {
    signal.removeEventListener('abort', stop);
    streamed.cancel();
  }
}

function startCall({ calls, bodies }: AttemptSurroundings, asked: AskedAttempt, call: BegunCall) {
  const { head, attempt } = asked;
  const { trigger, method, url, bodyReference } = head;
  const facts = [EVENT_HEADERS.event, head.id, EVENT_HEADERS.attempt, String(attempt)];
  if (head.replayOf !== null) facts.push('sovfn-replay-of', head.replayOf);
  const headers = head.headers + packHeaders(facts);
  const outgoing = { invocation: call.invocation, trigger, method, url, headers };
  if (bodyReference === null) return StreamedCall.start(calls, call.to.target, outgoing, bodyOf(asked));
  return StreamedCall.startReading(calls, call.to.target, outgoing, bodies.read(bodyReference));
}

/** What the handler `scheduled` is told is made of the head; everything else gets what was accepted. */
function bodyOf({ head: { schedule }, body, attempt }: AskedAttempt): Buffer {
  if (schedule === null) return body;
  const { scheduledAt, cron, name } = schedule;
  return encodeScheduledCall({ scheduledTime: Date.parse(scheduledAt), cron, name, attempt });
}

interface Answered extends BegunCall {
  readonly streamed: StreamedCall;
  readonly head: AnswerHead;
}

async function takeResponse(
  surroundings: AttemptSurroundings,
  asked: AskedAttempt,
  answered: Answered,
): Promise<AttemptResponse> {
  const { status, headers } = answered.head;
  const { to } = answered;
  if (!isSuccess(status, retryOf(to.events, asked.head).rules)) {
    const last = await firstBytes(answered);
    return { kind: 'response', status, retryAfterMs: retryAfterOf(headers), output: null, last };
  }
  const output = await keep(surroundings, asked, answered);
  return { kind: 'response', status, retryAfterMs: null, output, last: null };
}

/** Resolves with the output's place when it is in the object store; null when the function keeps none. */
async function keep(
  { outputs }: AttemptSurroundings,
  { head, attempt, signal }: AskedAttempt,
  { to, invocation, streamed, head: answer, startedAt }: Answered,
): Promise<string | null> {
  if (to.outputs.keep === 'none') {
    for await (const _piece of streamed.body()) signal.throwIfAborted();
    return null;
  }
  const of = { ...functionOfEvent(head), version: to.version, invocation: head.id, trigger: head.trigger, attempt };
  const start = { ...of, call: invocation, startedAt: startedAt.toISOString() };
  const sink = outputs.start(start, to.outputs);
  try {
    for await (const piece of streamed.body()) await sink.write(piece);
    signal.throwIfAborted();
    const { node, status } = answer;
    const end = { node, status, headers: unpackHeaders(answer.headers), outcome: 'ok' };
    const state = await sink.finish({ ...end, endedAt: new Date().toISOString() });
    if (state === 'pending') await untilStored(outputs, start, signal);
    return outputPrefixOf(start);
  } finally {
    await sink.discard();
  }
}

/** Throws OutputLeft when it is stopped, for whatever reason: the output reaches the store later. */
async function untilStored(outputs: OutputWriter, output: OutputStart, signal: AbortSignal): Promise<void> {
  try {
    await outputs.untilStored(output, signal);
  } catch (cause) {
    if (!signal.aborted) throw cause;
    throw new OutputLeft('the attempt was stopped while its output waited for the object store', { cause });
  }
}

async function firstBytes({ streamed, head }: Answered): Promise<NonNullable<AttemptResponse['last']>> {
  const pieces: Buffer[] = [];
  let kept = 0;
  let bytes = 0;
  for await (const piece of streamed.body()) {
    bytes += piece.length;
    if (kept >= LAST_RESPONSE_BYTES) continue;
    pieces.push(Buffer.from(piece.subarray(0, LAST_RESPONSE_BYTES - kept)));
    kept += pieces.at(-1)!.length;
  }
  const headers = head.headers.length <= HEADERS_CHARACTERS ? head.headers : '';
  return { status: head.status, headers, body: Buffer.concat(pieces).toString('base64'), bytes };
}

function retryAfterOf(block: string): number | null {
  const flat = unpackHeaders(block);
  const at = flat.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'retry-after');
  return at === -1 ? null : readRetryAfter(flat[at + 1]);
}
