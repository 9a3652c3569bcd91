/**
 * How much waits on the bus for each function. It is read from the streams when somebody asks, so every gateway says the
 * same, and events cost nothing for it.
 *
 * Guarantees: at most one look in LOOK_MS, however many ask. For each zone and kind, a look costs one question when nothing
 * waits, a second one when up to MOST_LISTED things do, and at most IN_TURN more when there are more: then IN_TURN functions
 * are counted in each look, and the others keep the number they had. Not guaranteed: that the kinds are counted at the same
 * moment. Hostile: messages of queues, which nodes write: an id that is none has no age.
 */
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { type FunctionAddress, functionKey, invocationTime, isInvocationId } from '@sovfn/protocol';
import { lookAt } from '../../events/accept/pending-events.ts';
import { BACKLOG, BACKLOG_KINDS, type BacklogKind } from './backlog-kinds.ts';

export interface Waiting {
  readonly count: number;
  /** When the oldest of them was made, milliseconds since 1970; null when that is not known. */
  readonly oldestAt: number | null;
}

/** By `functionKey`, then by kind; what has nothing is left out. */
export type Backlog = ReadonlyMap<string, Readonly<Partial<Record<BacklogKind, Waiting>>>>;

export interface BacklogReaderOptions {
  readonly connection: NatsConnection;
  readonly zones: readonly string[];
  /** Functions that may have something, to be counted one by one when too much waits to be listed. */
  readonly functionsOf: (kind: BacklogKind, zone: string) => readonly FunctionAddress[];
  /** Given by tests: default MOST_LISTED and LOOK_MS. */
  readonly mostListed?: number;
  readonly lookMs?: number;
}

type Counted = Map<string, Waiting>;

/** Milliseconds. */
export const LOOK_MS = 2_000;
/** Of one kind in one zone: the server's answer has some 70 bytes for each. */
const MOST_LISTED = 10_000;
export const IN_TURN = 50;

export class BacklogReader {
  readonly #options: BacklogReaderOptions;
  readonly #manager: JetStreamManager;
  /** What was counted one by one, and where the next look goes on; by kind and zone. */
  readonly #turns = new Map<string, { next: number; counted: Counted }>();
  #last: { readonly at: number; readonly look: Promise<Backlog> } | null = null;

  static async open(options: BacklogReaderOptions): Promise<BacklogReader> {
    return new BacklogReader(options, await jetstreamManager(options.connection, { checkAPI: false }));
  }

  private constructor(options: BacklogReaderOptions, manager: JetStreamManager) {
    this.#options = options;
    this.#manager = manager;
  }

  /** Throws what the client library throws. */
  async read(): Promise<Backlog> {
    const { lookMs = LOOK_MS } = this.#options;
    const now = performance.now();
    if (this.#last === null || now - this.#last.at >= lookMs) this.#last = { at: now, look: this.#look() };
    return this.#last.look;
  }

  async #look(): Promise<Backlog> {
    const { zones } = this.#options;
    const found = new Map<string, Partial<Record<BacklogKind, Waiting>>>();
    const places = zones.flatMap((zone) => BACKLOG_KINDS.map((kind) => ({ zone, kind })));
    await Promise.all(
      places.map(async ({ zone, kind }) => {
        for (const [key, waiting] of await this.#count(kind, zone)) {
          const kinds = found.get(key) ?? {};
          kinds[kind] = sum(kinds[kind], waiting);
          found.set(key, kinds);
        }
      }),
    );
    return found;
  }

  async #count(kind: BacklogKind, zone: string): Promise<Counted> {
    const { stream, all } = BACKLOG[kind];
    const { connection, mostListed = MOST_LISTED } = this.#options;
    const { count } = await lookAt(connection, stream(zone), all(zone));
    if (count > mostListed) return this.#countInTurn(kind, zone);
    this.#turns.delete(turnKey(kind, zone));
    return count === 0 ? new Map<string, Waiting>() : this.#list(kind, zone);
  }

  async #list(kind: BacklogKind, zone: string): Promise<Counted> {
    const { stream, all, tail } = BACKLOG[kind];
    const { state } = await this.#manager.streams.info(stream(zone), { subjects_filter: all(zone) });
    const counted: Counted = new Map();
    for (const subject of Object.keys(state.subjects ?? {})) {
      const [tenant, name, id] = addressIn(subject, tail);
      const key = functionKey(tenant, name);
      counted.set(key, sum(counted.get(key), { count: 1, oldestAt: timeOf(id) }));
    }
    return counted;
  }

  async #countInTurn(kind: BacklogKind, zone: string): Promise<Counted> {
    const { stream, ofFunction, tail } = BACKLOG[kind];
    const functions = this.#options.functionsOf(kind, zone);
    const turn = this.#turns.get(turnKey(kind, zone)) ?? { next: 0, counted: new Map<string, Waiting>() };
    this.#turns.set(turnKey(kind, zone), turn);
    const chosen = Array.from({ length: Math.min(IN_TURN, functions.length) }, (_, i) => {
      return functions[(turn.next + i) % functions.length]!;
    });
    turn.next = functions.length === 0 ? 0 : (turn.next + chosen.length) % functions.length;
    for (const of of chosen) {
      const { count, first } = await lookAt(this.#options.connection, stream(zone), ofFunction(of));
      const key = functionKey(of.tenant, of.function);
      if (first === null) turn.counted.delete(key);
      else turn.counted.set(key, { count, oldestAt: timeOf(addressIn(first, tail)[2]) });
    }
    return turn.counted;
  }
}

const turnKey = (kind: BacklogKind, zone: string): string => `${kind} ${zone}`;

/** Tenant, function and id of a subject that has `tail` tokens behind them. */
function addressIn(subject: string, tail: number): readonly [string, string, string] {
  const tokens = subject.split('.');
  const end = tokens.length - tail;
  return [tokens[end - 3]!, tokens[end - 2]!, tokens[end - 1]!];
}

function timeOf(id: string): number | null {
  return isInvocationId(id) ? invocationTime(id) : null;
}

function sum(a: Waiting | undefined, b: Waiting): Waiting {
  if (a === undefined) return b;
  const times = [a.oldestAt, b.oldestAt].filter((time) => time !== null);
  return { count: a.count + b.count, oldestAt: times.length === 0 ? null : Math.min(...times) };
}
