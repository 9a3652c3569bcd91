/**
 * The next tick of each schedule, as a message that NATS fires when it is due: one for each schedule, whatever happens.
 *
 * Guarantees: a tick replaces another one only when it names it, so that of two gateways one is told that the other was
 * there; reads may be a moment behind. Hostile: nothing; gateways alone write here.
 */
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  type BatchMessage,
  type GroupCommit,
  LastMessages,
  readMessages,
  type StoredMessage,
  WRONG_LAST_SEQUENCE,
} from '@sovfn/bus';
import {
  cronSubject,
  decodePlannedTick,
  eventStream,
  type FunctionAddress,
  functionCronsSubject,
  PROTOCOL_VERSION,
  type PlannedTick,
  ProtocolError,
  type ScheduleAddress,
  type ScheduleConfig,
  scheduleOfSubject,
  SovfnError,
  tickSubject,
  timingOf,
  zoneCronsSubject,
} from '@sovfn/protocol';
import { refusalError } from '../events/accept/refusals.ts';
import { makeDueTime } from './ticks/jitter.ts';

export interface StoredTick {
  /** Null: it cannot be read. */
  readonly tick: PlannedTick | null;
  /** Names it to whoever replaces it. */
  readonly sequence: number;
}

export interface NewTick {
  readonly schedule: string;
  readonly tick: PlannedTick;
  readonly dueAt: number;
  /** Sequence of the one that it replaces; NO_TICK: there is none. */
  readonly replaces: number;
}

export const NO_TICK = 0;

/** The tick of a schedule at that time, to be planned. */
export function newTick(at: ScheduleAddress, schedule: ScheduleConfig, scheduledAt: number, replaces: number): NewTick {
  const tick: PlannedTick = {
    v: PROTOCOL_VERSION,
    timing: timingOf(schedule),
    scheduledAt: new Date(scheduledAt).toISOString(),
  };
  return { schedule: at.schedule, tick, dueAt: makeDueTime(at, schedule)(scheduledAt), replaces };
}

export class PlannedTicks {
  readonly #connection: NatsConnection;
  readonly #manager: JetStreamManager;
  readonly #commits: ReadonlyMap<string, GroupCommit>;
  readonly #last: ReadonlyMap<string, LastMessages>;

  /** `commits`: to the event stream of each zone. */
  static async open(connection: NatsConnection, commits: ReadonlyMap<string, GroupCommit>): Promise<PlannedTicks> {
    return new PlannedTicks(connection, await jetstreamManager(connection, { checkAPI: false }), commits);
  }

  private constructor(
    connection: NatsConnection,
    manager: JetStreamManager,
    commits: ReadonlyMap<string, GroupCommit>,
  ) {
    this.#connection = connection;
    this.#manager = manager;
    this.#commits = commits;
    this.#last = new Map([...commits.keys()].map((zone) => [zone, new LastMessages(connection, eventStream(zone))]));
  }

  /** Null: none is planned; it may be on its way. Throws `bus-unavailable`. */
  async read(at: ScheduleAddress): Promise<StoredTick | null> {
    const message = await this.#last.get(at.zone)!.read(cronSubject(at, at.schedule));
    return message === null ? null : storedTick(message);
  }

  /** Of a function, by schedule. Throws `bus-unavailable`. */
  async readFunction(of: FunctionAddress): Promise<Map<string, StoredTick>> {
    const found = new Map<string, StoredTick>();
    for await (const page of readMessages(this.#connection, eventStream(of.zone), functionCronsSubject(of))) {
      for (const message of page) found.set(scheduleOfSubject(message.subject)!.schedule, storedTick(message));
    }
    return found;
  }

  /** All of a zone, page by page. Throws `bus-unavailable`. */
  async *readZone(zone: string): AsyncGenerator<readonly (readonly [ScheduleAddress, StoredTick])[]> {
    for await (const page of readMessages(this.#connection, eventStream(zone), zoneCronsSubject(zone))) {
      yield page.map((message) => [scheduleOfSubject(message.subject)!, storedTick(message)] as const);
    }
  }

  /**
   * Writes ticks of one function, all or none. False: somebody else has planned one of them meanwhile. Throws
   * `bus-unavailable`, `events-full`.
   */
  async write(of: FunctionAddress, ticks: readonly NewTick[]): Promise<boolean> {
    if (ticks.length === 0) return true;
    const result = await this.#commitOf(of.zone).commit(ticks.map((tick) => messageOf(of, tick)));
    if (result.isStored) return true;
    if (result.code === WRONG_LAST_SEQUENCE) return false;
    throw refusalError(result);
  }

  /** Removes that tick; one that has replaced it stays. Throws what the client library throws. */
  async remove(at: ScheduleAddress, sequence: number): Promise<void> {
    const filter = cronSubject(at, at.schedule);
    await this.#manager.streams.purge(eventStream(at.zone), { filter, seq: sequence + 1 });
  }

  #commitOf(zone: string): GroupCommit {
    const commit = this.#commits.get(zone);
    if (commit !== undefined) return commit;
    throw new SovfnError('residency-unsatisfied', `this gateway plans no schedules of the zone "${zone}"`);
  }
}

function messageOf(of: FunctionAddress, { schedule, tick, dueAt, replaces }: NewTick): BatchMessage {
  const headers =
    `Nats-Schedule: @at ${new Date(dueAt).toISOString()}\r\n` +
    `Nats-Schedule-Target: ${tickSubject(of, schedule)}\r\n` +
    `Nats-Expected-Last-Subject-Sequence: ${replaces}\r\n`;
  return { subject: cronSubject(of, schedule), headers, payload: Buffer.from(JSON.stringify(tick)) };
}

function storedTick({ data, sequence }: StoredMessage): StoredTick {
  try {
    return { tick: decodePlannedTick(data), sequence };
  } catch (error) {
    if (error instanceof ProtocolError) return { tick: null, sequence };
    throw error;
  }
}
