/**
 * Lets go of what is kept for functions that are gone: their dispatch records, their pauses, and their consumers, of which
 * the server takes a bounded number. Every gateway does it.
 *
 * Guarantees: while an event or message of a function has not ended, its consumers stay. An event that was accepted while
 * the record was removed is found `settleMs` later, and noted again. A pause of a deleted function is lifted at once, so that
 * another function of its name does not begin paused. Hostile: nothing; gateways alone write here.
 */
import { JetStreamApiError, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { FunctionRegistry } from '@sovfn/bus';
import {
  addressOfDispatchKey,
  dispatchKey,
  type DispatchRecord,
  EVENT_LANES,
  eventStream,
  type FunctionAddress,
  queueStream,
} from '@sovfn/protocol';
import type { Log } from '../../logger.ts';
import { findWaiting, isEmpty } from './anything-waiting.ts';
import type { DispatchRecords } from './dispatch-records.ts';
import { CONSUMER_NOT_FOUND } from './durable-consumer.ts';
import { logDispatchRemoved, logSweepInterrupted } from './events.ts';
import { addressOfConsumer, consumerName, queueConsumerName } from './lane-consumer.ts';

export interface DispatchSweepOptions {
  readonly connection: NatsConnection;
  readonly registry: Pick<FunctionRegistry, 'get' | 'entry' | 'onChange'>;
  readonly dispatch: DispatchRecords;
  readonly zones: readonly string[];
  /** Longer than another gateway, or an accept under way, takes to learn of a change. Milliseconds. */
  readonly settleMs: number;
  readonly log: Log;
}

/** Times `settleMs`: functions whose events have ended since they were deleted are found so often. */
const LOOK_EVERY = 6;

export class DispatchSweep implements AsyncDisposable {
  readonly #options: DispatchSweepOptions;
  readonly #manager: JetStreamManager;
  readonly #stopWatching: (() => void)[];
  /** Records that were removed, with the time from which their consumers may go, on the clock of `performance.now()`. */
  readonly #removed = new Map<string, number>();
  #isDue = true;
  #timer: NodeJS.Timeout | null = null;
  #work: Promise<void> = Promise.resolve();
  #isClosed = false;

  static async start(options: DispatchSweepOptions): Promise<DispatchSweep> {
    const sweep = new DispatchSweep(options, await jetstreamManager(options.connection, { checkAPI: false }));
    sweep.#work = sweep.#begin();
    return sweep;
  }

  private constructor(options: DispatchSweepOptions, manager: JetStreamManager) {
    const { registry, dispatch, zones } = options;
    this.#options = options;
    this.#manager = manager;
    this.#stopWatching = [
      registry.onChange((_key, record) => {
        if (record === null) this.#isDue = true;
      }),
      dispatch.onChange((of, record) => {
        if (record === null && zones.includes(of.zone)) this.#noteRemoved(of);
      }),
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const stop of this.#stopWatching) stop();
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#work;
  }

  /** Also consumers whose records went while no gateway ran. */
  async #begin(): Promise<void> {
    await this.#orLog(() => this.#findLeftOver());
    await this.#run(1);
  }

  /** Never rejects. `turn`: each LOOK_EVERY-th looks at all records, the others only when a function was deleted. */
  async #run(turn: number): Promise<void> {
    if (this.#isDue || turn % LOOK_EVERY === 0) await this.#orLog(() => this.#removeRecords());
    await this.#orLog(() => this.#finishRemoved());
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#work = this.#run(turn + 1);
    }, this.#options.settleMs).unref();
  }

  async #orLog(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!this.#isClosed) logSweepInterrupted(this.#options.log, error);
    }
  }

  async #removeRecords(): Promise<void> {
    const { dispatch, registry, zones } = this.#options;
    this.#isDue = false;
    for (const record of dispatch.all()) {
      if (this.#isClosed) return;
      const { zone, tenant, function: name } = record;
      const isHome = registry.get(tenant, name)?.manifest.config.residency === zone;
      if (!isHome && zones.includes(zone)) await this.#removeUnlessNeeded(record);
    }
  }

  /** A function that lives in another zone now keeps its pause: who paused it wants none of its events to begin. */
  async #removeUnlessNeeded({ zone, tenant, function: name }: DispatchRecord): Promise<void> {
    const { connection, dispatch, registry, log } = this.#options;
    const of = { zone, tenant, function: name };
    const { record } = await registry.entry(tenant, name);
    if (record?.manifest.config.residency === zone) return;
    if (record === null) await dispatch.resume(of);
    const standing = await dispatch.standing(of);
    if (standing === null || standing.record.pausedAt !== null) return;
    if (!isEmpty(await findWaiting(connection, of))) return;
    if (await dispatch.remove(of, standing.revision)) logDispatchRemoved(log, of);
  }

  #noteRemoved(of: FunctionAddress): void {
    this.#removed.set(dispatchKey(of), performance.now() + this.#options.settleMs);
  }

  async #finishRemoved(): Promise<void> {
    for (const [key, from] of this.#removed) {
      if (this.#isClosed) return;
      if (from > performance.now()) continue;
      await this.#finish(addressOfDispatchKey(key));
      this.#removed.delete(key);
    }
  }

  async #finish(of: FunctionAddress): Promise<void> {
    const { connection, dispatch } = this.#options;
    const { lanes, hasQueue } = await findWaiting(connection, of);
    for (const lane of lanes) await dispatch.ensureLane(of, lane);
    if (hasQueue) await dispatch.ensureQueue(of);
    if (lanes.length > 0 || hasQueue || (await dispatch.standing(of)) !== null) return;
    for (const lane of EVENT_LANES) await this.#deleteConsumer(eventStream(of.zone), consumerName({ of, lane }));
    await this.#deleteConsumer(queueStream(of.zone), queueConsumerName(of));
  }

  async #findLeftOver(): Promise<void> {
    const { dispatch, zones } = this.#options;
    for (const zone of zones) {
      for (const stream of [eventStream(zone), queueStream(zone)]) {
        for await (const { name } of this.#manager.consumers.list(stream)) {
          const of = addressOfConsumer(zone, name);
          if (of !== null && dispatch.get(of) === null) this.#noteRemoved(of);
        }
      }
    }
  }

  async #deleteConsumer(stream: string, name: string): Promise<void> {
    try {
      await this.#manager.consumers.delete(stream, name);
    } catch (error) {
      if (!(error instanceof JetStreamApiError) || error.code !== CONSUMER_NOT_FOUND) throw error;
    }
  }
}
