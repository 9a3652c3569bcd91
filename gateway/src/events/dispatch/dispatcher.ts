/**
 * Runs the durable events of the gateway's zones: takes them from the bus, makes their calls, and records what became of
 * them. All gateways share the work; each function's lane has a consumer of its own, and so have its queues: none waits
 * for another.
 *
 * Guarantees: see EventRun. Nothing is kept in memory that another gateway would need.
 */
import { jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  type DispatchRecord,
  dispatchKey,
  EVENT_LANES,
  type EventLane,
  type FunctionAddress,
  functionKey,
} from '@sovfn/protocol';
import type { EventPolicy } from '../event-policy.ts';
import { QueueLane, type QueueLanePolicy } from '../queues/queue-lane.ts';
import { FairShare } from '../fair-share.ts';
import type { SealedEvents } from '../sealed-events.ts';
import type { BatchSizes } from '../queues/queue-policy.ts';
import type { AttemptSurroundings } from './attempt.ts';
import type { DispatchRecords } from './dispatch-records.ts';
import type { RunSurroundings } from './event-run.ts';
import { FunctionLimits } from './function-limits.ts';
import { HeldMessages } from './held-messages.ts';
import { Lane, type LaneSurroundings } from './lane.ts';
import { RunningEvents } from './running-events.ts';
import { RunSlots } from './run-slots.ts';
import { UnreadableMessages } from './unreadable-messages.ts';

export interface DispatcherOptions extends Omit<RunSurroundings, 'isPaused'>, AttemptSurroundings {
  readonly connection: NatsConnection;
  readonly zones: readonly string[];
  readonly dispatch: DispatchRecords;
  readonly sealed: SealedEvents;
  /** Called when a function was deployed or removed, with its key. Returns the function that ends it. */
  readonly onDeploy: (listener: (key: string) => void) => () => void;
  /** Runs at once in this gateway. */
  readonly mostRuns: number;
  /** An event whose gateway was lost is taken by another one after this. Milliseconds. */
  readonly ackMs: number;
}

const DRAIN_MS = 10_000;
/** Calls that one function begins at once while others have events. */
const RUNS_BESIDE_OTHERS = 2;

export class Dispatcher implements AsyncDisposable {
  readonly running = new RunningEvents();
  readonly #options: DispatcherOptions;
  readonly #held: HeldMessages;
  readonly #surroundings: LaneSurroundings;
  readonly #lanes = new Map<string, Lane>();
  readonly #queues = new Map<string, QueueLane>();
  /** By function. */
  readonly #limits = new Map<string, FunctionLimits>();
  readonly #stopWatching: (() => void)[];

  static async start(options: DispatcherOptions): Promise<Dispatcher> {
    const manager = await jetstreamManager(options.connection, { checkAPI: false });
    return new Dispatcher(options, manager);
  }

  private constructor(options: DispatcherOptions, manager: JetStreamManager) {
    const { dispatch, connection, mostRuns, ackMs } = options;
    this.#options = options;
    this.#held = new HeldMessages(ackMs);
    this.#surroundings = {
      ...options,
      manager,
      stream: jetstream(connection),
      isPaused: (of) => dispatch.isPaused(of),
      places: { slots: new RunSlots(mostRuns), share: new FairShare({ most: RUNS_BESIDE_OTHERS }) },
      held: this.#held,
      running: this.running,
      unreadable: new UnreadableMessages({ ...options, againMs: ackMs }),
    };
    this.#stopWatching = [
      dispatch.onChange((of, record) => (record === null ? this.#leave(of) : this.#follow(record))),
      options.onDeploy((key) => this.#updatePolicies(key)),
    ];
    for (const record of dispatch.all()) this.#follow(record);
  }

  /** Takes nothing more; what runs gets DRAIN_MS, then it goes back to the bus. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const stop of this.#stopWatching) stop();
    const lanes = [...this.#lanes.values(), ...this.#queues.values()];
    const stopped = Promise.all(lanes.map((lane) => lane.stop()));
    this.running.leaveAll();
    const timer = setTimeout(() => this.#abandon(), DRAIN_MS);
    await stopped;
    clearTimeout(timer);
    this.#held.close();
  }

  /** What has not ended by now comes again elsewhere. */
  #abandon(): void {
    this.running.stopAll();
    this.#options.records.close();
  }

  #follow(record: DispatchRecord): void {
    if (!this.#options.zones.includes(record.zone)) return;
    const { zone, tenant, function: name } = record;
    const of = { zone, tenant, function: name };
    for (const lane of record.lanes) this.#laneOf(of, lane, record.pausedAt !== null);
    if (record.hasQueue) this.#queueOf(of, record.pausedAt !== null);
  }

  /** Nothing is left of the function, or somebody has noted it anew meanwhile: then it is followed again. */
  #leave(of: FunctionAddress): void {
    const key = dispatchKey(of);
    this.#limits.delete(key);
    for (const lane of EVENT_LANES) {
      void this.#lanes.get(`${key} ${lane}`)?.stop();
      this.#lanes.delete(`${key} ${lane}`);
    }
    void this.#queues.get(key)?.stop();
    this.#queues.delete(key);
  }

  #laneOf(of: FunctionAddress, lane: EventLane, isPaused: boolean): void {
    const key = `${dispatchKey(of)} ${lane}`;
    const known = this.#lanes.get(key);
    if (known !== undefined) return known.setPaused(isPaused);
    const policy = this.#policyOf(of);
    const made = new Lane(this.#surroundings, { of, lane }, { policy, limits: this.#limitsOf(of, policy) });
    this.#lanes.set(key, made);
    made.start(isPaused);
  }

  #queueOf(of: FunctionAddress, isPaused: boolean): void {
    const known = this.#queues.get(dispatchKey(of));
    if (known !== undefined) return known.setPaused(isPaused);
    const policy = this.#queuePolicyOf(of);
    const limits = this.#limitsOf(of, policy.events);
    const made = new QueueLane(this.#surroundings, of, { policy, limits });
    this.#queues.set(dispatchKey(of), made);
    made.start(isPaused);
  }

  #updatePolicies(key: string): void {
    for (const record of this.#options.dispatch.all()) {
      if (functionKey(record.tenant, record.function) !== key) continue;
      this.#limits.get(dispatchKey(record))?.setPolicy(this.#policyOf(record));
      for (const lane of record.lanes)
        this.#lanes.get(`${dispatchKey(record)} ${lane}`)?.setPolicy(this.#policyOf(record));
      this.#queues.get(dispatchKey(record))?.setPolicy(this.#queuePolicyOf(record));
    }
  }

  #limitsOf(of: FunctionAddress, policy: EventPolicy): FunctionLimits {
    const known = this.#limits.get(dispatchKey(of));
    if (known !== undefined) return known;
    const made = new FunctionLimits(policy);
    this.#limits.set(dispatchKey(of), made);
    return made;
  }

  #queuePolicyOf(of: FunctionAddress): QueueLanePolicy {
    const { tenant, function: name } = of;
    const queues = this.#options.functions.get(tenant, name)?.queues ?? new Map<string, BatchSizes>();
    return { events: this.#policyOf(of), queues };
  }

  #policyOf({ tenant, function: name }: FunctionAddress): EventPolicy {
    return this.#options.functions.get(tenant, name)?.events ?? this.#options.defaultPolicy;
  }
}
