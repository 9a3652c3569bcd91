/** What the control API does with events and dead letters, as functions. */
import type {
  CancelledMany,
  CancelledResponse,
  CancelManyRequest,
  EventDetail,
  EventList,
  LetterDetail,
  LetterList,
  LettersRequest,
  PausedResponse,
  PurgedMany,
  PurgedResponse,
  RanAgainMany,
  RanAgainResponse,
  ReconcileResponse,
  ReplayManyRequest,
  ReplayRequest,
} from '@sovfn/protocol';
import { type Ask, schemaNamed } from './answer-schema.ts';
import type { Request } from './control-client.ts';

/** Running, cancelling or purging a hundred events may take this long. Milliseconds. */
const MANY_MS = 120_000;

type Query = Readonly<Record<string, string>>;

export class EventClient {
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  list(name: string, query: Query): Promise<EventList> {
    return this.#ask({ path: `${functionPath(name)}/events`, query }, schemaNamed('eventListSchema'));
  }

  show(event: string): Promise<EventDetail> {
    return this.#ask({ path: eventPath(event) }, schemaNamed('eventDetailSchema'));
  }

  replay(event: string, body: ReplayRequest): Promise<RanAgainResponse> {
    return this.#ask(
      { method: 'POST', path: `${eventPath(event)}/replay`, body },
      schemaNamed('ranAgainResponseSchema'),
    );
  }

  replayMany(name: string, body: ReplayManyRequest): Promise<RanAgainMany> {
    return this.#ask(many(`${functionPath(name)}/events/replay`, body), schemaNamed('ranAgainManySchema'));
  }

  cancel(event: string): Promise<CancelledResponse> {
    return this.#ask({ method: 'POST', path: `${eventPath(event)}/cancel` }, schemaNamed('cancelledResponseSchema'));
  }

  cancelMany(name: string, body: CancelManyRequest): Promise<CancelledMany> {
    return this.#ask(many(`${functionPath(name)}/events/cancel`, body), schemaNamed('cancelledManySchema'));
  }

  pause(name: string): Promise<PausedResponse> {
    return this.#ask(
      { method: 'POST', path: `${functionPath(name)}/events/pause` },
      schemaNamed('pausedResponseSchema'),
    );
  }

  resume(name: string): Promise<PausedResponse> {
    return this.#ask(
      { method: 'POST', path: `${functionPath(name)}/events/resume` },
      schemaNamed('pausedResponseSchema'),
    );
  }

  /** Null: all functions that have had events. Waits as long as it takes. */
  reconcile(name: string | null, { skipsOutputs }: { skipsOutputs: boolean }): Promise<ReconcileResponse> {
    const path = name === null ? '/v1/reconcile' : `${functionPath(name)}/reconcile`;
    const query = { outputs: skipsOutputs ? 'skip' : 'check' };
    return this.#ask({ path, query, timeoutMs: null }, schemaNamed('reconcileResponseSchema'));
  }

  listLetters(name: string, query: Query): Promise<LetterList> {
    return this.#ask({ path: `${functionPath(name)}/dead-letters`, query }, schemaNamed('letterListSchema'));
  }

  showLetter(event: string): Promise<LetterDetail> {
    return this.#ask({ path: letterPath(event) }, schemaNamed('letterDetailSchema'));
  }

  redrive(event: string): Promise<RanAgainResponse> {
    return this.#ask({ method: 'POST', path: `${letterPath(event)}/redrive` }, schemaNamed('ranAgainResponseSchema'));
  }

  redriveMany(name: string, body: LettersRequest): Promise<RanAgainMany> {
    return this.#ask(many(`${functionPath(name)}/dead-letters/redrive`, body), schemaNamed('ranAgainManySchema'));
  }

  purge(event: string): Promise<PurgedResponse> {
    return this.#ask({ method: 'DELETE', path: letterPath(event) }, schemaNamed('purgedResponseSchema'));
  }

  purgeMany(name: string, body: LettersRequest): Promise<PurgedMany> {
    return this.#ask(many(`${functionPath(name)}/dead-letters/purge`, body), schemaNamed('purgedManySchema'));
  }
}

const functionPath = (name: string): string => `/v1/functions/${encodeURIComponent(name)}`;
const eventPath = (event: string): string => `/v1/events/${encodeURIComponent(event)}`;
const letterPath = (event: string): string => `/v1/dead-letters/${encodeURIComponent(event)}`;

function many(path: string, body: object): Request {
  return { method: 'POST', path, body, timeoutMs: MANY_MS };
}
