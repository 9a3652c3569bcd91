/** What records of events are made of. Pure. */
import { type Attempt, type EventHead, type EventRecord, KEPT_ATTEMPTS, PROTOCOL_VERSION } from '@sovfn/protocol';
import { sourceOf } from '../history/event-summary.ts';
import type { AttemptResult } from './attempt-result.ts';
import { describe } from './retry-decision.ts';

const MESSAGE_CHARACTERS = 2_000;
const EXCERPT_CHARACTERS = 500;
const ANSWERED = 200;
const LOST = 'the gateway that made this attempt was lost before it ended';

/** The record of an event of which no attempt has begun. `bytes`: of a body in the message. */
export function newRecord(head: EventHead, bytes: number): EventRecord {
  const { id, trigger, zone, tenant, function: name, acceptedAt, replayOf, bodyReference } = head;
  return {
    ...{ v: PROTOCOL_VERSION, id, trigger, zone, tenant, function: name, acceptedAt, replayOf },
    state: 'pending',
    endedAt: null,
    bytes: bodyReference?.bytes ?? bytes,
    source: sourceOf(head),
    turn: head.attempt,
    attempts: [],
    output: null,
    cause: null,
    letter: null,
  };
}

/** The attempts of a record with one more; the oldest go. */
export function withAttempt(attempts: readonly Attempt[], attempt: Attempt): Attempt[] {
  return [...attempts, attempt].slice(-KEPT_ATTEMPTS);
}

/** `retryAt`: when the next one is due; null when there is none. */
export function attemptOf(result: AttemptResult, attempt: number, retryAt: Date | null): Attempt {
  const { invocation, startedAt, node, cold, cpuMs, wallMs } = result;
  return {
    ...{ attempt, invocation, startedAt: startedAt.toISOString(), endedAt: new Date().toISOString() },
    outcome: result.kind === 'failure' ? result.outcome : 'ok',
    status: statusOf(result),
    version: result.version ?? '',
    ...{ node, cold, cpuMs, wallMs },
    message: messageOf(result),
    retryAt: retryAt?.toISOString() ?? null,
  };
}

/** The attempt of a gateway that was killed: it is counted, so that an event that kills gateways ends. */
export function lostAttempt(attempt: number): Attempt {
  const now = new Date().toISOString();
  return {
    ...{ attempt, invocation: '', startedAt: now, endedAt: now, outcome: 'internal-error', status: null, version: '' },
    ...{ node: null, cold: null, cpuMs: null, wallMs: null, message: LOST, retryAt: null },
  };
}

/** A message that comes again was answered all the same. */
function statusOf(result: AttemptResult): number | null {
  if (result.kind === 'failure') return null;
  return result.kind === 'response' ? result.status : ANSWERED;
}

function messageOf(result: AttemptResult): string | null {
  if (result.kind !== 'response') return describe(result).slice(0, MESSAGE_CHARACTERS);
  if (result.last === null) return null;
  const text = Buffer.from(result.last.body, 'base64').toString('utf8');
  return text.slice(0, EXCERPT_CHARACTERS);
}
