/** Waits for durable calls. Polls: each question is one small read on the same machine. */
import {
  type EventDetail,
  type EventState,
  type EventSummary,
  type EventTrigger,
  SovfnError,
  TERMINAL_STATES,
} from '@sovfn/protocol';
import { setTimeout as delay } from 'node:timers/promises';
import { buffer } from 'node:stream/consumers';
import type { ControlClient } from '../api/control-client.ts';
import { toBase64, type WireRun } from './messages.ts';

const POLL_MS = 20;
/** Above the longest wall time that a function may have. Milliseconds. */
const TRIED_MS = 15 * 60_000;
/** An event may be known a moment later than its acceptance. Milliseconds. */
const KNOWN_MS = 5_000;
const LISTED = '1000';
/** The others run a handler that answers nothing. */
const ANSWERED: ReadonlySet<EventTrigger> = new Set(['webhook', 'async'] as const);
const UNSETTLED = ['pending', 'running'] as const satisfies EventState[];

export class RunWatch {
  readonly #client: ControlClient;

  constructor(client: ControlClient) {
    this.#client = client;
  }

  /** Resolves when the event has had its first attempt, or has ended without one. */
  async tried(event: string): Promise<WireRun> {
    const startedAt = performance.now();
    for (;;) {
      const waitedMs = performance.now() - startedAt;
      const detail = await this.#show(event, waitedMs);
      if (detail !== null && wasTried(detail)) return this.#wireRun(detail);
      if (waitedMs > TRIED_MS) throw new SovfnError('request-timeout', `event ${event} has not been tried`);
      await delay(POLL_MS);
    }
  }

  /** Resolves when no event of the function waits to begin, or runs. */
  async settled(owner: string): Promise<null> {
    for (;;) {
      const counts = await Promise.all(UNSETTLED.map(async (state) => this.#list(owner, { state, limit: '1' })));
      if (counts.every((events) => events.length === 0)) return null;
      await delay(POLL_MS);
    }
  }

  /** Ids of the messages of a queue so far. */
  async queued(owner: string, binding: string): Promise<ReadonlySet<string>> {
    const events = await this.#list(owner, { trigger: 'queue', source: binding, limit: LISTED });
    return new Set(events.map(({ event }) => event));
  }

  /** Resolves when that many messages have come to the queue and each was tried, in the order in which they came. */
  async queuedSince(
    before: ReadonlySet<string>,
    { owner, binding, count }: { owner: string; binding: string; count: number },
  ): Promise<WireRun[]> {
    for (;;) {
      const now = await this.queued(owner, binding);
      const fresh = [...now].filter((event) => !before.has(event)).toSorted();
      if (fresh.length >= count) return Promise.all(fresh.slice(0, count).map(async (event) => this.tried(event)));
      await delay(POLL_MS);
    }
  }

  async #list(owner: string, query: Readonly<Record<string, string>>): Promise<readonly EventSummary[]> {
    return (await this.#client.events.list(owner, query)).events;
  }

  /** Null: nothing is known of it yet. */
  async #show(event: string, waitedMs: number): Promise<EventDetail | null> {
    try {
      return await this.#client.events.show(event);
    } catch (error) {
      const isEarly = error instanceof SovfnError && error.code === 'event-not-found' && waitedMs < KNOWN_MS;
      if (isEarly) return null;
      throw error;
    }
  }

  async #wireRun(detail: EventDetail): Promise<WireRun> {
    const { event, trigger, state, attempts, cause, output } = detail;
    const last = attempts.at(-1) ?? null;
    return {
      event,
      state: state as WireRun['state'],
      attempts: last?.attempt ?? 0,
      outcome: last?.outcome ?? null,
      error: last?.message ?? cause,
      invocation: last?.invocation ?? null,
      response: output === null || !ANSWERED.has(trigger) ? null : await this.#response(event),
    };
  }

  async #response(event: string): Promise<WireRun['response']> {
    const { status, headers } = await this.#client.showOutput(event);
    const body = await buffer(await this.#client.outputBody(event));
    return { status, headers, body: toBase64(body) };
  }
}

function wasTried({ state, attempts }: EventDetail): boolean {
  return TERMINAL_STATES.has(state) || (attempts.length > 0 && state === 'waiting');
}
