/**
 * Takes the events of one lane of a function from the bus and runs them.
 *
 * Guarantees: a message that was taken is run, or given back; at most RunSlots run at once in a gateway, and what is held
 * is bounded in bytes. It begins again whenever deliveries end: the consumer was removed, or the server lost its files.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ConsumerMessages, JetStreamClient, JetStreamManager, JsMsg } from '@nats-io/jetstream';
import { decodeEvent, type EventHead, eventStream } from '@sovfn/protocol';
import type { EventPolicy } from '../event-policy.ts';
import { EventRun, type RunSurroundings } from './event-run.ts';
import { logEventUnreadable, logLaneInterrupted } from './events.ts';
import type { HeldMessages } from './held-messages.ts';
import {
  consumerName,
  ensureConsumer,
  isPinned,
  type LaneAddress,
  ORDERED_PENDING,
  PINNED_GROUP,
} from './lane-consumer.ts';
import { OrderedEvents } from './ordered-events.ts';
import { Pace } from './pace.ts';
import type { RunningEvents } from './running-events.ts';
import { RunSlots } from './run-slots.ts';

export interface LaneSurroundings extends RunSurroundings {
  readonly manager: JetStreamManager;
  readonly stream: JetStreamClient;
  readonly slots: RunSlots;
  readonly held: HeldMessages;
  readonly running: RunningEvents;
  /** How long the server waits for a sign of life of a message before it gives it to another gateway. Milliseconds. */
  readonly ackMs: number;
}

interface TakenEvent {
  readonly message: JsMsg;
  readonly head: EventHead;
  readonly body: Buffer;
}

const RESTART_MS = 1_000;
/** Also how long the library waits before it pulls again after a restart of the server. Milliseconds. */
const PULL_MS = 5_000;
/** A message that cannot be taken now, or by this version of the gateway. Milliseconds. */
const CROWDED_MS = 1_000;
const UNREADABLE_MS = 60_000;

export class Lane {
  readonly #surroundings: LaneSurroundings;
  readonly #address: LaneAddress;
  readonly #name: string;
  readonly #ordered: OrderedEvents;
  readonly #orderedSlots: RunSlots;
  readonly #pace: Pace;
  readonly #stopping = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  #policy: EventPolicy;
  #messages: ConsumerMessages | null = null;
  #isPaused = false;
  #wake: () => void = () => undefined;
  #following: Promise<void> | null = null;

  constructor(surroundings: LaneSurroundings, address: LaneAddress, policy: EventPolicy) {
    const { manager, log } = surroundings;
    this.#surroundings = surroundings;
    this.#address = address;
    this.#name = consumerName(address);
    this.#policy = policy;
    this.#pace = new Pace(policy.ratePerSecond);
    this.#orderedSlots = new RunSlots(policy.concurrency);
    this.#ordered = new OrderedEvents({
      countUnacknowledged: async () =>
        (await manager.consumers.info(eventStream(address.of.zone), this.#name)).num_ack_pending,
      onError: (error) => logLaneInterrupted(log, address.of, address.lane, error),
    });
  }

  start(isPaused: boolean): void {
    this.#isPaused = isPaused;
    this.#following = this.#follow();
  }

  /** While paused, nothing is taken. */
  setPaused(isPaused: boolean): void {
    if (this.#isPaused === isPaused) return;
    this.#isPaused = isPaused;
    this.#beginAgain();
  }

  setPolicy(policy: EventPolicy): void {
    const isSame =
      policy.concurrency === this.#policy.concurrency && policy.ratePerSecond === this.#policy.ratePerSecond;
    this.#policy = policy;
    if (isSame) return;
    this.#pace.perSecond = policy.ratePerSecond;
    this.#orderedSlots.most = policy.concurrency;
    this.#beginAgain();
  }

  /** Takes nothing more. What runs must have been stopped, or must end by itself. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#ordered.close();
    this.#beginAgain();
    await this.#following;
    await Promise.all(this.#underWay);
  }

  #beginAgain(): void {
    this.#wake();
    void this.#messages?.close();
  }

  async #follow(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      if (this.#isPaused) await new Promise<void>((resolve) => (this.#wake = resolve));
      else await this.#takeUntilClosed();
    }
  }

  async #takeUntilClosed(): Promise<void> {
    const { log } = this.#surroundings;
    const { of, lane } = this.#address;
    let ended: unknown;
    try {
      ended = await this.#take();
    } catch (error) {
      ended = error;
    }
    this.#messages = null;
    this.#ordered.reset();
    if (this.#stopping.signal.aborted || !(ended instanceof Error)) return;
    logLaneInterrupted(log, of, lane, ended);
    await delay(RESTART_MS, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }

  /** Resolves when the deliveries have ended: with an error, or because somebody closed them. */
  async #take(): Promise<unknown> {
    const { manager, stream, ackMs } = this.#surroundings;
    const policy = this.#policy;
    const consumer = await ensureConsumer(manager, stream, this.#address, { policy, ackMs });
    if (this.#isPaused || this.#stopping.signal.aborted || policy !== this.#policy) return undefined;
    const messages = await consumer.consume({
      max_messages: this.#address.lane === 'ordered' ? ORDERED_PENDING : policy.concurrency,
      expires: PULL_MS,
      abort_on_missing_resource: true,
      callback: (message) => this.#onMessage(message),
      ...(isPinned(this.#address.lane, policy) ? { group: PINNED_GROUP } : {}),
    });
    this.#messages = messages;
    if (this.#isPaused || this.#stopping.signal.aborted) void messages.close();
    return messages.closed();
  }

  #onMessage(message: JsMsg): void {
    const { held, log } = this.#surroundings;
    if (this.#stopping.signal.aborted) return message.nak();
    if (!held.hasRoom(message)) return message.nak(CROWDED_MS);
    const event = this.#decode(message, log);
    if (event === null) return message.nak(UNREADABLE_MS);
    held.hold(message);
    if (this.#address.lane === 'any') return this.#track(this.#runOne(event).then(() => undefined));
    this.#ordered.add({
      key: event.head.orderingKey ?? '',
      sequence: message.info.streamSequence,
      run: async () => {
        const run = this.#runOrdered(event);
        this.#track(run.then(() => undefined));
        return run;
      },
      giveBack: () => {
        held.release(message);
        message.nak();
      },
    });
  }

  #decode(message: JsMsg, log: RunSurroundings['log']): TakenEvent | null {
    try {
      const data = Buffer.from(message.data.buffer, message.data.byteOffset, message.data.byteLength);
      return { message, ...decodeEvent(data) };
    } catch (error) {
      logEventUnreadable(log, message.subject, error);
      return null;
    }
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }

  /** Never rejects. */
  async #runOrdered(event: TakenEvent): Promise<boolean> {
    const giveBack = await this.#orderedSlots.take('');
    try {
      return await this.#runOne(event);
    } finally {
      giveBack();
    }
  }

  /** Never rejects. Resolves with whether the message is acknowledged. */
  async #runOne({ message, head, body }: TakenEvent): Promise<boolean> {
    const { slots, held, running } = this.#surroundings;
    const giveBack = await slots.take(this.#name);
    const run = new EventRun(this.#surroundings, { message, head, body, lane: this.#address.lane });
    running.add(run);
    try {
      if (!(await this.#isTurn())) run.stop('stopping');
      return await run.run();
    } finally {
      running.remove(run);
      held.release(message);
      giveBack();
    }
  }

  /** False: the gateway stops before it is the event's turn. */
  async #isTurn(): Promise<boolean> {
    try {
      await this.#pace.turn(this.#stopping.signal);
      return !this.#stopping.signal.aborted;
    } catch {
      return false;
    }
  }
}
