/** What tests look at besides a gateway's answers: planned ticks and tick records, read by a client of their own. */
import { jetstream, type JetStreamClient, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { headers, type NatsConnection } from '@nats-io/transport-node';
import { connectBus, readMessages } from '@sovfn/bus';
import {
  cronSubject,
  decodePlannedTick,
  decodeTickRecord,
  eventStream,
  inboxPrefix,
  isSovfnError,
  makeNextTick,
  type PlannedTick,
  type ScheduleConfig,
  scheduleSchema,
  type TickRecord,
  tickRecordSubject,
  tickStream,
  tickSubject,
  timingOf,
  zoneTicksSubject,
} from '@sovfn/protocol';
import { setTimeout as delay } from 'node:timers/promises';
import { type GatewayBench, TENANT, ZONE } from '../peers/gateway-bench.ts';

const POLL_MS = 20;
const FAR = new Date('2100-01-01T00:00:00Z');

/** A schedule as `sovfn.jsonc` would write it, with its defaults. */
export function schedule(
  of: { readonly name: string; readonly cron: string } & Partial<ScheduleConfig>,
): ScheduleConfig {
  return scheduleSchema.parse(of);
}

/** Outputs are of no interest to the tests of schedules. */
export const QUIET = { outputs: 'none' } as const;

export class ScheduleWorld implements AsyncDisposable {
  readonly streams: JetStreamManager;
  readonly #connection: NatsConnection;
  readonly #stream: JetStreamClient;

  static async open(bench: GatewayBench): Promise<ScheduleWorld> {
    const { credential } = await bench.gatewayCredential('gw-9');
    const prefix = `${inboxPrefix('gateway')}.gw-9`;
    const address = bench.nats.address;
    const connection = await connectBus({ address, credential, name: 'reader', inboxPrefix: prefix });
    return new ScheduleWorld(connection, await jetstreamManager(connection));
  }

  private constructor(connection: NatsConnection, streams: JetStreamManager) {
    this.#connection = connection;
    this.#stream = jetstream(connection);
    this.streams = streams;
  }

  /** The tick that NATS is to fire next; null: none, or it is on its way. */
  async planned(name: string, of: string): Promise<PlannedTick | null> {
    const subject = cronSubject(at(name), of);
    const message = await this.streams.streams
      .getMessage(eventStream(ZONE), { last_by_subj: subject })
      .catch(() => null);
    return message === null ? null : decodePlannedTick(message.data);
  }

  async untilPlanned(name: string, of: ScheduleConfig): Promise<PlannedTick> {
    for (;;) {
      const planned = await this.planned(name, of.name);
      if (planned?.timing === timingOf(of)) return planned;
      await delay(POLL_MS);
    }
  }

  /** Which message it is: another one would have another sequence. */
  async plannedSequence(name: string, of: ScheduleConfig): Promise<number> {
    await this.untilPlanned(name, of);
    const query = { last_by_subj: cronSubject(at(name), of.name) };
    return (await this.streams.streams.getMessage(eventStream(ZONE), query))!.seq;
  }

  async untilNothingPlanned(name: string, of: string): Promise<void> {
    while ((await this.planned(name, of)) !== null) await delay(POLL_MS);
  }

  /** As if the bus had lost it. */
  async losePlanned(name: string, of: string): Promise<void> {
    await this.streams.streams.purge(eventStream(ZONE), { filter: cronSubject(at(name), of) });
  }

  /** Replaces the planned tick by one for that time, which NATS fires at `dueAt`: by default at once when it is past. */
  async plan(name: string, of: ScheduleConfig, scheduledAt: Date, dueAt = scheduledAt): Promise<void> {
    const tick: PlannedTick = { v: 1, timing: timingOf(of), scheduledAt: scheduledAt.toISOString() };
    const header = headers();
    header.set('Nats-Schedule', `@at ${dueAt.toISOString()}`);
    header.set('Nats-Schedule-Target', tickSubject(at(name), of.name));
    await this.#stream.publish(cronSubject(at(name), of.name), JSON.stringify(tick), { headers: header });
  }

  /** Plans the tick for a time so far away that NATS does not fire it. */
  async hold(name: string, of: ScheduleConfig): Promise<void> {
    await this.untilPlanned(name, of);
    await this.plan(name, of, FAR);
  }

  /** Resolves when every tick that NATS has fired is acknowledged. */
  async untilNoTickWaits(): Promise<void> {
    const filter = zoneTicksSubject(ZONE);
    for (;;) {
      const { state } = await this.streams.streams.info(eventStream(ZONE), { subjects_filter: filter });
      if (Object.keys(state.subjects ?? {}).length === 0) return;
      await delay(POLL_MS);
    }
  }

  async records(name: string, of: string): Promise<TickRecord[]> {
    const found: TickRecord[] = [];
    for await (const page of readMessages(this.#connection, tickStream(ZONE), tickRecordSubject(at(name), of))) {
      found.push(...page.map(({ data }) => decodeTickRecord(data)));
    }
    return found;
  }

  /** Goes on over a loss of the bus. */
  async untilRecords(name: string, of: string, fit: (records: TickRecord[]) => boolean): Promise<TickRecord[]> {
    for (;;) {
      const records = await this.records(name, of).catch(nothingWithoutBus);
      if (fit(records)) return records;
      await delay(POLL_MS);
    }
  }

  /** What became of each tick, as `time state`, oldest first. */
  async untilStates(name: string, of: string, count: number): Promise<string[]> {
    const records = await this.untilRecords(name, of, (found) => statesOf(found).length >= count);
    return statesOf(records);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
  }
}

const at = (name: string) => ({ zone: ZONE, tenant: TENANT, function: name });

function statesOf(records: readonly TickRecord[]): string[] {
  return records.flatMap(({ decisions }) =>
    decisions.map(({ state, ticks }) => (ticks === 1 ? state : `${state} ×${ticks}`)),
  );
}

function nothingWithoutBus(error: unknown): [] {
  if (isSovfnError(error) && error.code === 'bus-unavailable') return [];
  throw error;
}

/** Every tick from the first to the last that was decided, in exactly one decision; with the events that run them. */
export function ledger(of: ScheduleConfig, records: readonly TickRecord[]): { ticks: string[]; events: string[] } {
  const next = makeNextTick(of);
  const ticks: string[] = [];
  const decisions = records.filter(({ cause }) => cause === 'tick').flatMap((record) => record.decisions);
  const inOrder = decisions.toSorted((a, b) => (a.scheduledAt < b.scheduledAt ? -1 : 1));
  for (const { scheduledAt, until, ticks: count } of inOrder) {
    const before = ticks.length;
    const expected = before === 0 ? scheduledAt : new Date(next(Date.parse(ticks.at(-1)!))!).toISOString();
    if (scheduledAt !== expected) throw new Error(`${scheduledAt} was decided where ${expected} should have been`);
    ticks.push(scheduledAt);
    while (until !== null && ticks.at(-1)! < until)
      ticks.push(new Date(next(Date.parse(ticks.at(-1)!))!).toISOString());
    if (count !== null && ticks.length - before !== count)
      throw new Error(`${count} ticks are ${ticks.length - before}`);
  }
  return { ticks, events: decisions.flatMap(({ event }) => event ?? []) };
}
