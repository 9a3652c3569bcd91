/** What the control API does with events and dead letters, as functions. */
import {
  type CancelledMany,
  cancelledManySchema,
  type CancelledResponse,
  cancelledResponseSchema,
  type CancelManyRequest,
  type EventDetail,
  eventDetailSchema,
  type EventList,
  eventListSchema,
  type LetterDetail,
  letterDetailSchema,
  type LetterList,
  letterListSchema,
  type LettersRequest,
  type PausedResponse,
  pausedResponseSchema,
  type PurgedMany,
  purgedManySchema,
  type PurgedResponse,
  purgedResponseSchema,
  type RanAgainMany,
  ranAgainManySchema,
  type RanAgainResponse,
  ranAgainResponseSchema,
  type ReconcileResponse,
  reconcileResponseSchema,
  type ReplayManyRequest,
  type ReplayRequest,
} from '@sovfn/protocol';
import type { z } from 'zod';
import type { Request } from './control-client.ts';

/** Running, cancelling or purging a hundred events may take this long. Milliseconds. */
const MANY_MS = 120_000;

type Query = Readonly<Record<string, string>>;

export class EventClient {
  readonly #ask: <T>(request: Request, schema: z.ZodType<T>) => Promise<T>;

  constructor(ask: <T>(request: Request, schema: z.ZodType<T>) => Promise<T>) {
    this.#ask = ask;
  }

  list(name: string, query: Query): Promise<EventList> {
    return this.#ask({ path: `${functionPath(name)}/events`, query }, eventListSchema);
  }

  show(event: string): Promise<EventDetail> {
    return this.#ask({ path: eventPath(event) }, eventDetailSchema);
  }

  replay(event: string, body: ReplayRequest): Promise<RanAgainResponse> {
    return this.#ask({ method: 'POST', path: `${eventPath(event)}/replay`, body }, ranAgainResponseSchema);
  }

  replayMany(name: string, body: ReplayManyRequest): Promise<RanAgainMany> {
    return this.#ask(many(`${functionPath(name)}/events/replay`, body), ranAgainManySchema);
  }

  cancel(event: string): Promise<CancelledResponse> {
    return this.#ask({ method: 'POST', path: `${eventPath(event)}/cancel` }, cancelledResponseSchema);
  }

  cancelMany(name: string, body: CancelManyRequest): Promise<CancelledMany> {
    return this.#ask(many(`${functionPath(name)}/events/cancel`, body), cancelledManySchema);
  }

  pause(name: string): Promise<PausedResponse> {
    return this.#ask({ method: 'POST', path: `${functionPath(name)}/events/pause` }, pausedResponseSchema);
  }

  resume(name: string): Promise<PausedResponse> {
    return this.#ask({ method: 'POST', path: `${functionPath(name)}/events/resume` }, pausedResponseSchema);
  }

  /** Null: all functions that have had events. Waits as long as it takes. */
  reconcile(name: string | null, { skipsOutputs }: { skipsOutputs: boolean }): Promise<ReconcileResponse> {
    const path = name === null ? '/v1/reconcile' : `${functionPath(name)}/reconcile`;
    const query = { outputs: skipsOutputs ? 'skip' : 'check' };
    return this.#ask({ path, query, timeoutMs: null }, reconcileResponseSchema);
  }

  listLetters(name: string, query: Query): Promise<LetterList> {
    return this.#ask({ path: `${functionPath(name)}/dead-letters`, query }, letterListSchema);
  }

  showLetter(event: string): Promise<LetterDetail> {
    return this.#ask({ path: letterPath(event) }, letterDetailSchema);
  }

  redrive(event: string): Promise<RanAgainResponse> {
    return this.#ask({ method: 'POST', path: `${letterPath(event)}/redrive` }, ranAgainResponseSchema);
  }

  redriveMany(name: string, body: LettersRequest): Promise<RanAgainMany> {
    return this.#ask(many(`${functionPath(name)}/dead-letters/redrive`, body), ranAgainManySchema);
  }

  purge(event: string): Promise<PurgedResponse> {
    return this.#ask({ method: 'DELETE', path: letterPath(event) }, purgedResponseSchema);
  }

  purgeMany(name: string, body: LettersRequest): Promise<PurgedMany> {
    return this.#ask(many(`${functionPath(name)}/dead-letters/purge`, body), purgedManySchema);
  }
}

const functionPath = (name: string): string => `/v1/functions/${encodeURIComponent(name)}`;
const eventPath = (event: string): string => `/v1/events/${encodeURIComponent(event)}`;
const letterPath = (event: string): string => `/v1/dead-letters/${encodeURIComponent(event)}`;

function many(path: string, body: object): Request {
  return { method: 'POST', path, body, timeoutMs: MANY_MS };
}
