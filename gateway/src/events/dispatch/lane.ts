/**
 * Takes the events of one lane of a function from the bus and runs them.
 *
 * Guarantees: a message that was taken is run, or given back; at most RunSlots run at once in a gateway, and what is held
 * is bounded in bytes. It begins again whenever deliveries end: the consumer was removed, or the server lost its files.
 */
import type { ConsumerMessages, JetStreamClient, JetStreamManager, JsMsg } from '@nats-io/jetstream';
import { decodeEvent, type EventHead, eventStream } from '@sovfn/protocol';
import type { EventPolicy } from '../event-policy.ts';
import { type AskedAttempt, type AttemptSurroundings, runAttempt } from './attempt.ts';
import { Deliveries } from './deliveries.ts';
import { ensureConsumer, PINNED_GROUP } from './durable-consumer.ts';
import { EventRun, type RunSurroundings } from './event-run.ts';
import { logLaneInterrupted } from './events.ts';
import type { HeldMessages } from './held-messages.ts';
import { consumerName, isPinned, type LaneAddress, laneConsumer, ORDERED_PENDING } from './lane-consumer.ts';
import { OrderedEvents } from './ordered-events.ts';
import { Pace } from './pace.ts';
import type { RunningEvents } from './running-events.ts';
import { RunSlots } from './run-slots.ts';
import { PULL_MS, takeUp } from './take-up.ts';

export interface LaneSurroundings extends RunSurroundings, AttemptSurroundings {
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

export class Lane {
  readonly #surroundings: LaneSurroundings;
  readonly #address: LaneAddress;
  readonly #name: string;
  readonly #ordered: OrderedEvents;
  readonly #orderedSlots: RunSlots;
  readonly #pace: Pace;
  readonly #deliveries: Deliveries;
  readonly #underWay = new Set<Promise<void>>();
  #policy: EventPolicy;

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
    this.#deliveries = new Deliveries({
      open: () => this.#open(),
      onEnded: () => this.#ordered.reset(),
      onInterrupted: (error) => logLaneInterrupted(log, address.of, address.lane, error),
    });
  }

  start(isPaused: boolean): void {
    this.#deliveries.start(isPaused);
  }

  /** While paused, nothing is taken. */
  setPaused(isPaused: boolean): void {
    this.#deliveries.setPaused(isPaused);
  }

  setPolicy(policy: EventPolicy): void {
    const isSame =
      policy.concurrency === this.#policy.concurrency && policy.ratePerSecond === this.#policy.ratePerSecond;
    this.#policy = policy;
    if (isSame) return;
    this.#pace.perSecond = policy.ratePerSecond;
    this.#orderedSlots.most = policy.concurrency;
    this.#deliveries.beginAgain();
  }

  /** Takes nothing more. What runs must have been stopped, or must end by itself. */
  async stop(): Promise<void> {
    const stopped = this.#deliveries.stop();
    this.#ordered.close();
    await stopped;
    await Promise.all(this.#underWay);
  }

  async #open(): Promise<ConsumerMessages> {
    const { manager, stream, ackMs } = this.#surroundings;
    const { of, lane } = this.#address;
    const policy = this.#policy;
    const place = { manager, stream, of: eventStream(of.zone) };
    const consumer = await ensureConsumer(place, laneConsumer(this.#address, policy, ackMs));
    return consumer.consume({
      max_messages: lane === 'ordered' ? ORDERED_PENDING : policy.concurrency,
      expires: PULL_MS,
      abort_on_missing_resource: true,
      callback: (message) => this.#onMessage(message),
      ...(isPinned(lane, policy) ? { group: PINNED_GROUP } : {}),
    });
  }

  #onMessage(message: JsMsg): void {
    const { held, log } = this.#surroundings;
    const taken = takeUp(message, {
      held,
      group: this.#name,
      log,
      signal: this.#deliveries.signal,
      decode: decodeEvent,
    });
    if (taken === null) return;
    const event = { message, ...taken };
    if (this.#address.lane === 'any') return this.#track(this.#runOne(event).then(() => undefined));
    this.#ordered.add({
      key: event.head.orderingKey ?? '',
      sequence: message.info.streamSequence,
      run: async () => {
        const run = this.#runOne(event);
        this.#track(run.then(() => undefined));
        return run;
      },
      giveBack: () => {
        held.release(message);
        message.nak();
      },
    });
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }

  /** Never rejects. Resolves with whether the message is acknowledged. */
  async #runOne({ message, head, body }: TakenEvent): Promise<boolean> {
    const { held, running } = this.#surroundings;
    const makeAttempt = (asked: AskedAttempt) => runAttempt(this.#surroundings, asked);
    const takeSlot = (signal: AbortSignal) => this.#takeSlot(signal);
    const { lane } = this.#address;
    const run = new EventRun(this.#surroundings, { message, head, body, lane, takeSlot, makeAttempt });
    running.add(run);
    try {
      if (!(await this.#isTurn())) run.stop('stopping');
      return await run.run();
    } finally {
      running.remove(run);
      held.release(message);
    }
  }

  /** In the lane `any` the consumer itself holds the function's concurrency, over all gateways. */
  async #takeSlot(signal: AbortSignal): Promise<() => void> {
    const { slots } = this.#surroundings;
    if (this.#address.lane === 'any') return slots.take(this.#name, signal);
    return takeBoth(this.#orderedSlots, slots, this.#name, signal);
  }

  /** False: the gateway stops before it is the event's turn. */
  async #isTurn(): Promise<boolean> {
    try {
      await this.#pace.turn(this.#deliveries.signal);
      return !this.#deliveries.signal.aborted;
    } catch {
      return false;
    }
  }
}

async function takeBoth(own: RunSlots, shared: RunSlots, group: string, signal: AbortSignal): Promise<() => void> {
  const giveBackOwn = await own.take(group, signal);
  try {
    const giveBack = await shared.take(group, signal);
    return () => {
      giveBack();
      giveBackOwn();
    };
  } catch (error) {
    giveBackOwn();
    throw error;
  }
}
