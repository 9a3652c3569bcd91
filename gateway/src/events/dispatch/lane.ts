/**
 * Takes the events of one lane of a function from the bus and runs them.
 *
 * Guarantees: a message that was taken is run, or given back; at most RunSlots run at once in a gateway, and what is held
 * is bounded in bytes. It begins again whenever deliveries end: the consumer was removed, or the server lost its files.
 * Hostile: a message that cannot be read ends as a dead letter (UnreadableMessages).
 */
import type { ConsumerMessages, JetStreamClient, JetStreamManager, JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { decodeEvent, type EventHead, eventStream } from '@sovfn/protocol';
import type { EventPolicy } from '../event-policy.ts';
import { type AskedAttempt, type AttemptSurroundings, runAttempt } from './attempt.ts';
import { Deliveries } from './deliveries.ts';
import { ensureConsumer, PINNED_GROUP } from './durable-consumer.ts';
import { type Delivery, withoutBytes } from './delivery.ts';
import { EventRun, type RunSurroundings } from './event-run.ts';
import { logLaneInterrupted, logRunGivenUp } from './events.ts';
import { type CallPlaces, type FunctionLimits, takeSlot } from './function-limits.ts';
import type { HeldMessages } from './held-messages.ts';
import { InOrder } from './in-order.ts';
import { consumerName, isPinned, type LaneAddress, laneConsumer, ORDERED_PENDING } from './lane-consumer.ts';
import { OrderedEvents } from './ordered-events.ts';
import type { RunningEvents } from './running-events.ts';
import { messageAt } from '../last-message.ts';
import type { SealedEvents } from '../sealed-events.ts';
import { PULL_MS, type TakenUp, takeUp } from './take-up.ts';
import type { UnreadableMessages } from './unreadable-messages.ts';

export interface LaneSurroundings extends RunSurroundings, AttemptSurroundings {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly stream: JetStreamClient;
  readonly places: CallPlaces;
  readonly held: HeldMessages;
  readonly running: RunningEvents;
  readonly unreadable: UnreadableMessages;
  readonly sealed: SealedEvents;
  /** How long the server waits for a sign of life of a message before it gives it to another gateway. Milliseconds. */
  readonly ackMs: number;
}

interface TakenEvent {
  readonly message: Delivery;
  readonly head: EventHead;
  /** Null: it is read again when it is the event's turn. */
  readonly body: Buffer | null;
  /** In the stream. */
  readonly sequence: number;
}

/** Before a message is tried again that could not be read. Milliseconds. */
const AGAIN_MS = 1_000;

export class Lane {
  readonly #surroundings: LaneSurroundings;
  readonly #address: LaneAddress;
  readonly #name: string;
  readonly #ordered: OrderedEvents;
  readonly #limits: FunctionLimits;
  readonly #deliveries: Deliveries;
  readonly #inOrder = new InOrder();
  readonly #underWay = new Set<Promise<void>>();
  #policy: EventPolicy;

  /** `limits`: those of the function, with the same policy; whoever made them keeps them up to date. */
  constructor(
    surroundings: LaneSurroundings,
    address: LaneAddress,
    { policy, limits }: { readonly policy: EventPolicy; readonly limits: FunctionLimits },
  ) {
    const { manager, log } = surroundings;
    this.#surroundings = surroundings;
    this.#address = address;
    this.#name = consumerName(address);
    this.#policy = policy;
    this.#limits = limits;
    this.#ordered = new OrderedEvents({
      countUnacknowledged: async () =>
        (await manager.consumers.info(eventStream(address.of.zone), this.#name)).num_ack_pending,
      onError: (error) => logLaneInterrupted(log, address.of, address.lane, error),
    });
    this.#deliveries = new Deliveries({
      open: () => this.#open(),
      onEnded: () => {
        this.#inOrder.reset();
        this.#ordered.reset();
      },
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
    if (!isSame) this.#deliveries.beginAgain();
  }

  /** Takes nothing more. What runs must have been stopped, or must end by itself. */
  async stop(): Promise<void> {
    const stopped = this.#deliveries.stop();
    this.#ordered.close();
    await stopped;
    await this.#inOrder.settled();
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
    const { held, unreadable, connection, sealed } = this.#surroundings;
    const { of, lane } = this.#address;
    takeUp(message, {
      held,
      group: this.#name,
      signal: this.#deliveries.signal,
      inOrder: this.#inOrder,
      decode: (data) => {
        const opened = sealed.open(message.subject, data);
        return opened instanceof Promise ? opened.then(decodeEvent) : decodeEvent(opened);
      },
      take: (found) => this.#take(found, message.info.streamSequence),
      onUnreadable: (garbage, error) => unreadable.takeIn(garbage, { of, trigger: null, error }),
      ...(lane === 'any' ? {} : { withoutBytes: (crowded: JsMsg) => withoutBytes(crowded, connection) }),
    });
  }

  #take({ message, taken, hasBytes }: TakenUp<ReturnType<typeof decodeEvent>>, sequence: number): void {
    const { held } = this.#surroundings;
    const { head, body } = taken;
    const event = { message, head, body: hasBytes ? body : null, sequence };
    if (this.#address.lane === 'any') return this.#track(this.#runOne(event).then(() => undefined));
    this.#ordered.add({
      key: head.orderingKey ?? '',
      sequence,
      run: async () => {
        const run = this.#runOne(event);
        this.#track(run.then(() => undefined));
        return run;
      },
      giveBack: () => {
        held.release(event.message);
        event.message.nak();
      },
    });
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }

  /** Never rejects. Resolves with whether the message is acknowledged. */
  async #runOne(event: TakenEvent): Promise<boolean> {
    const { message, head } = event;
    const { held, running, log, places } = this.#surroundings;
    const { of, lane } = this.#address;
    try {
      const body = event.body ?? (await this.#readAgain(event));
      // Cancelled meanwhile: its record says so, and its message was removed.
      if (body === null) return true;
      const makeAttempt = (asked: AskedAttempt) => runAttempt(this.#surroundings, asked);
      const taker = { of, group: this.#name };
      const run = new EventRun(this.#surroundings, {
        ...{ message, head, body, lane, makeAttempt },
        takeSlot: (signal) => takeSlot(this.#limits, places, { ...taker, signal }),
      });
      running.add(run);
      try {
        if (!(await this.#isTurn())) run.stop('stopping');
        return await run.run();
      } finally {
        running.remove(run);
      }
    } catch (error) {
      logRunGivenUp(log, head, error);
      message.nak(AGAIN_MS);
      return false;
    } finally {
      held.release(message);
    }
  }

  /** The body of a message that was held without its bytes; null: it is not there any more. */
  async #readAgain({ sequence }: TakenEvent): Promise<Buffer | null> {
    const { sealed, manager } = this.#surroundings;
    const found = await messageAt(manager.streams, eventStream(this.#address.of.zone), sequence);
    return found === null ? null : decodeEvent(await sealed.open(found.subject, found.data)).body;
  }

  /** False: the gateway stops before it is the event's turn. */
  async #isTurn(): Promise<boolean> {
    try {
      await this.#limits.pace.turn(this.#deliveries.signal);
      return !this.#deliveries.signal.aborted;
    } catch {
      return false;
    }
  }
}
