/** Plays the dispatcher for tests of what people see of events: it ends them, by writing what a dispatcher writes. */
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { AtomicBatches, connectBus, GroupCommit } from '@sovfn/bus';
import { WireClient } from '@sovfn/bus/wire';
import {
  type Attempt,
  type DeadLetter,
  deadLetterSubject,
  encodeDeadLetter,
  type EventHead,
  type EventRecord,
  eventStream,
  functionOfEvent,
  inboxPrefix,
  outputBodyObject,
  outputMetaObject,
  outputPrefix,
  recordSubject,
} from '@sovfn/protocol';
import { openStore } from '@sovfn/store';
import { DispatchRecords } from '../../src/events/dispatch/dispatch-records.ts';
import { EndedEvents } from '../../src/events/ended/ended-events.ts';
import { type GatewayBench, type StoreAddress, TENANT, ZONE } from '../peers/gateway-bench.ts';
import type { EventWorld } from './event-world.ts';

const VERSION = 'a'.repeat(64);
const MIB = 1024 * 1024;

export class PlayedDispatcher implements AsyncDisposable {
  readonly connection: NatsConnection;
  readonly batches: AtomicBatches;
  readonly ended: EndedEvents;
  readonly dispatch: DispatchRecords;
  readonly #world: EventWorld;
  readonly #store: StoreAddress;
  readonly #close: () => Promise<void>;

  static async open(bench: GatewayBench, world: EventWorld, store: StoreAddress): Promise<PlayedDispatcher> {
    const { credential } = await bench.gatewayCredential('gw-7');
    const prefix = `${inboxPrefix('gateway')}.gw-7`;
    const { address } = bench.nats;
    const connection = await connectBus({ address, credential, name: 'dispatcher', inboxPrefix: prefix });
    const wire = await WireClient.connect({ address, credential, name: 'dispatcher wire', onRefused: () => undefined });
    const batches = new AtomicBatches({ wire, inboxPrefix: prefix });
    const { replayMb } = bench.config;
    const commits = new Map([[ZONE, new GroupCommit(batches)]]);
    const ended = await EndedEvents.open({
      connection,
      commits,
      zones: [ZONE],
      sealed: world.sealed,
      maxBytes: replayMb * MIB,
    });
    const onInvalid = (key: string): never => {
      throw new Error(`the dispatch record ${key} is invalid`);
    };
    const dispatch = await DispatchRecords.open({ connection, onInvalid });
    const close = async (): Promise<void> => {
      dispatch.close();
      batches.close();
      await wire.close();
      await connection.close();
    };
    return new PlayedDispatcher({ world, store, connection, batches, ended, dispatch, close });
  }

  private constructor(of: {
    world: EventWorld;
    store: StoreAddress;
    connection: NatsConnection;
    batches: AtomicBatches;
    ended: EndedEvents;
    dispatch: DispatchRecords;
    close: () => Promise<void>;
  }) {
    this.connection = of.connection;
    this.batches = of.batches;
    this.ended = of.ended;
    this.dispatch = of.dispatch;
    this.#world = of.world;
    this.#store = of.store;
    this.#close = of.close;
  }

  /** The first attempt begins. */
  async begin(name: string, id: string): Promise<void> {
    const { head, body } = await this.#world.event(name, id);
    await this.record({ ...this.recordOf(head, body), state: 'running' });
  }

  /** Its output is in the store, the event ends, its message goes. Resolves with the output's prefix. */
  async succeed(name: string, id: string): Promise<string> {
    const { head, body } = await this.#world.event(name, id);
    const output = `${outputPrefix(TENANT, name, id)}1/`;
    await this.#keepOutput(name, id, output);
    await this.ended.keep(head, body);
    await this.record({
      ...this.recordOf(head, body),
      ...{ state: 'succeeded', output, attempts: [attempt(1, 'ok', 201)] },
    });
    await this.release(head);
    return output;
  }

  /** It fails twice and becomes a dead letter. */
  async die(name: string, id: string, facts: Partial<DeadLetter> = {}): Promise<void> {
    const { head, body } = await this.#world.event(name, id);
    const attempts = [attempt(1, 'ok', 503), attempt(2, 'exception', null)];
    const cause = 'all 2 attempts failed; the last one: exception: Error: no';
    const letter: DeadLetter = {
      ...{ v: 1, event: head, diedAt: new Date().toISOString(), cause, attempts, lastResponse: null, redrive: null },
      isUnreadable: false,
      ...facts,
    };
    await this.publish(deadLetterSubject(functionOfEvent(head), id), encodeDeadLetter(letter, body));
    await this.record({ ...this.recordOf(head, body), ...{ state: 'dead-lettered', cause, attempts, letter: 'kept' } });
    await this.release(head);
  }

  async record(record: EventRecord): Promise<void> {
    await this.publish(recordSubject(record, record.id), Buffer.from(JSON.stringify(record)));
  }

  recordOf(head: EventHead, body: Uint8Array): EventRecord {
    const { id, trigger, acceptedAt, replayOf, webhook } = head;
    return {
      ...{ v: 1, id, trigger, zone: ZONE, tenant: TENANT, function: head.function, state: 'pending', acceptedAt },
      ...{ endedAt: new Date().toISOString(), bytes: body.length, source: webhook?.name ?? null, replayOf },
      ...{ turn: 1, attempts: [], output: null, cause: null, letter: null },
    };
  }

  /** The message of the event is acknowledged: it is in the stream no more. */
  async release(head: EventHead): Promise<void> {
    const { streams } = await jetstreamManager(this.connection);
    for (const place of ['evt.fr.any', 'evt.fr.ordered', 'sched.fr']) {
      await streams.purge(eventStream(ZONE), { filter: `${place}.${TENANT}.${head.function}.${head.id}` });
    }
  }

  async publish(subject: string, payload: Uint8Array): Promise<void> {
    await jetstream(this.connection).publish(subject, payload);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  async #keepOutput(name: string, id: string, prefix: string): Promise<void> {
    const now = new Date().toISOString();
    const meta = {
      ...{ v: 1, tenant: TENANT, function: name, zone: ZONE, invocation: id, version: VERSION },
      ...{
        trigger: 'async',
        call: null,
        node: 'node-1',
        attempt: 1,
        status: 201,
        headers: [],
        contentType: null,
        bytes: 4,
        sha256: VERSION,
        outcome: 'ok',
      },
      ...{ startedAt: now, endedAt: now },
    };
    const store = openStore({ ...this.#store, tls: false });
    await store.put('outputs', outputBodyObject(prefix), Buffer.from('made'));
    await store.put('outputs', outputMetaObject(prefix), Buffer.from(JSON.stringify(meta)));
    store.close();
  }
}

function attempt(number: number, outcome: Attempt['outcome'], status: number | null): Attempt {
  const now = new Date().toISOString();
  return {
    ...{ attempt: number, invocation: '01k2v5w8q9xr3t7yb4n6m0zc1d', startedAt: now, endedAt: now, outcome, status },
    ...{ version: VERSION, node: 'node-1', cold: false, cpuMs: 1, wallMs: 2, message: null, retryAt: null },
  };
}
