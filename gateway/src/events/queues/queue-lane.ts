/**
 * Takes the messages of a function's queues from the bus, gathers them into batches by queue, and runs each batch in one
 * call. Each message has the life of an event of its own (see EventRun).
 *
 * Guarantees: a message that was taken is run, or given back; what is held is bounded by the batches that may run. A
 * message runs alone for the last time, so that one that breaks its batch takes no other with it.
 * Hostile: messages are written by nodes. One that is not of this function is never run.
 */
import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import { AckPolicy } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { decodeEvent, type EventHead, type FunctionAddress, functionQueueSubject, queueStream } from '@sovfn/protocol';
import { Deliveries } from '../dispatch/deliveries.ts';
import { type DurableConfig, ensureConsumer, PINNED_GROUP, pinnedConfig } from '../dispatch/durable-consumer.ts';
import type { Delivery } from '../dispatch/delivery.ts';
import { type DeliveredEvent, EventRun } from '../dispatch/event-run.ts';
import { InOrder } from '../dispatch/in-order.ts';
import { logQueueInterrupted } from '../dispatch/events.ts';
import { queueConsumerName } from '../dispatch/lane-consumer.ts';
import { type CallSlot, type FunctionLimits, takeSlot } from '../dispatch/function-limits.ts';
import type { LaneSurroundings } from '../dispatch/lane.ts';
import { RunSlots } from '../dispatch/run-slots.ts';
import { PULL_MS, takeUp } from '../dispatch/take-up.ts';
import type { EventPolicy } from '../event-policy.ts';
import { callBatch } from './batch-call.ts';
import { Gathering } from './gathering.ts';
import { type BatchSizes, DEFAULT_SIZES, mostMessages, type QueuePolicies } from './queue-policy.ts';
import { assertOwn } from './own-message.ts';
import { QueueSchedules } from './queue-schedules.ts';
import { SharedAttempt } from './shared-attempt.ts';

interface TakenMessage {
  readonly message: Delivery;
  readonly head: EventHead;
  readonly body: Buffer;
  /** Of the body. */
  readonly bytes: number;
}

export interface QueueLanePolicy {
  readonly events: EventPolicy;
  readonly queues: QueuePolicies;
}

/** Batches that wait when the gateway stops are told so by their messages. */
const NEVER = new AbortController().signal;

export class QueueLane {
  readonly #surroundings: LaneSurroundings;
  readonly #of: FunctionAddress;
  readonly #name: string;
  readonly #deliveries: Deliveries;
  readonly #gatherings = new Map<string, Gathering<TakenMessage>>();
  readonly #batches: RunSlots;
  readonly #limits: FunctionLimits;
  readonly #inOrder = new InOrder();
  readonly #underWay = new Set<Promise<void>>();
  #policy: QueueLanePolicy;

  /** `limits`: those of the function, with the same policy; whoever made them keeps them up to date. */
  constructor(
    surroundings: LaneSurroundings,
    of: FunctionAddress,
    { policy, limits }: { readonly policy: QueueLanePolicy; readonly limits: FunctionLimits },
  ) {
    this.#surroundings = { ...surroundings, next: new QueueSchedules(surroundings.stream, surroundings.sealed) };
    this.#of = of;
    this.#name = queueConsumerName(of);
    this.#policy = policy;
    this.#batches = new RunSlots(policy.events.concurrency);
    this.#limits = limits;
    this.#deliveries = new Deliveries({
      open: () => this.#open(),
      onEnded: () => this.#inOrder.reset(),
      onInterrupted: (error) => logQueueInterrupted(surroundings.log, of, error),
    });
  }

  start(isPaused: boolean): void {
    this.#deliveries.start(isPaused);
  }

  /** While paused, nothing is taken. */
  setPaused(isPaused: boolean): void {
    this.#deliveries.setPaused(isPaused);
  }

  setPolicy(policy: QueueLanePolicy): void {
    const before = this.#consumer();
    this.#policy = policy;
    this.#batches.most = policy.events.concurrency;
    const now = this.#consumer();
    const isPinned = (config: DurableConfig): boolean => config.priority_groups !== undefined;
    if (now.max_ack_pending !== before.max_ack_pending || isPinned(now) !== isPinned(before)) {
      this.#deliveries.beginAgain();
    }
  }

  /** Takes nothing more. What runs must have been stopped, or must end by itself. */
  async stop(): Promise<void> {
    const stopped = this.#deliveries.stop();
    for (const gathering of this.#gatherings.values()) for (const taken of gathering.clear()) this.#giveBack(taken);
    await stopped;
    await this.#inOrder.settled();
    await Promise.all(this.#underWay);
  }

  async #open(): Promise<ConsumerMessages> {
    const { manager, stream } = this.#surroundings;
    const wanted = this.#consumer();
    const consumer = await ensureConsumer({ manager, stream, of: queueStream(this.#of.zone) }, wanted);
    return consumer.consume({
      max_messages: wanted.max_ack_pending!,
      expires: PULL_MS,
      abort_on_missing_resource: true,
      callback: (message) => this.#onMessage(message),
      ...(wanted.priority_groups === undefined ? {} : { group: PINNED_GROUP }),
    });
  }

  #consumer(): DurableConfig {
    const { ackMs } = this.#surroundings;
    const { concurrency, ratePerSecond } = this.#policy.events;
    return {
      durable_name: this.#name,
      filter_subject: functionQueueSubject(this.#of),
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(ackMs),
      max_ack_pending: mostMessages(this.#policy.queues, concurrency),
      ...(ratePerSecond === null ? {} : pinnedConfig(ackMs)),
    };
  }

  #onMessage(message: JsMsg): void {
    const { held, unreadable, sealed } = this.#surroundings;
    takeUp(message, {
      held,
      group: `${this.#name} queue`,
      signal: this.#deliveries.signal,
      inOrder: this.#inOrder,
      decode: (data) => {
        const opened = sealed.open(message.subject, data);
        const decode = (bytes: Buffer): TakenMessage => this.#decode(bytes, message);
        return opened instanceof Promise ? opened.then(decode) : decode(opened);
      },
      take: ({ taken }) => this.#take(taken),
      onUnreadable: (garbage, error) => unreadable.takeIn(garbage, { of: this.#of, trigger: 'queue', error }),
    });
  }

  #take(taken: TakenMessage): void {
    if (this.#isLastAttempt(taken.head)) this.#track(this.#runBatch(() => [taken]));
    else this.#gatheringOf(taken.head.queue!.binding).add(taken);
  }

  #decode(data: Buffer, message: JsMsg): TakenMessage {
    const { head, body } = decodeEvent(data);
    assertOwn(head, message.subject, this.#of);
    return { message, head: this.#withExpiry(head, message), body, bytes: body.length };
  }

  /** Nodes do not know when a message expires: it does from when it was due. */
  #withExpiry(head: EventHead, message: JsMsg): EventHead {
    const { expireAfterMs } = this.#policy.events;
    if (expireAfterMs === null || head.attempt > 1) return head;
    return { ...head, expiresAt: new Date(message.time.getTime() + expireAfterMs).toISOString() };
  }

  #isLastAttempt({ attempt }: EventHead): boolean {
    return attempt > 1 && attempt >= this.#policy.events.retry.attempts;
  }

  #gatheringOf(queue: string): Gathering<TakenMessage> {
    const known = this.#gatherings.get(queue);
    if (known !== undefined) return known;
    const made: Gathering<TakenMessage> = new Gathering({
      sizes: () => this.#sizesOf(queue),
      onReady: () => this.#track(this.#runBatch(() => made.take(this.#mostBytes()))),
    });
    this.#gatherings.set(queue, made);
    return made;
  }

  #sizesOf(queue: string): BatchSizes {
    return this.#policy.queues.get(queue) ?? DEFAULT_SIZES;
  }

  /** A batch is the body of a request. */
  #mostBytes(): number {
    const { tenant, function: name } = this.#of;
    return this.#surroundings.functions.get(tenant, name)?.bodyBytes ?? Infinity;
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }

  /** Never rejects. `take` is asked when the function may run another batch: what has come meanwhile is in it. */
  async #runBatch(take: () => TakenMessage[]): Promise<void> {
    using places = new DisposableStack();
    places.defer(await this.#batches.take('', NEVER));
    const batch = take();
    const slot = await this.#slotFor(batch.length);
    if (slot !== null) places.defer(slot.giveBack);
    const shared = new SharedAttempt(batch.length, (asked, signal) => {
      slot?.callBegins();
      return callBatch(this.#surroundings, asked, signal);
    });
    await Promise.all(batch.map((taken) => this.#runOne(taken, shared, slot !== null)));
  }

  /** Never rejects. */
  async #runOne(taken: TakenMessage, shared: SharedAttempt, isTurn: boolean): Promise<void> {
    const { running, held } = this.#surroundings;
    const makeAttempt = shared.attempt.bind(shared);
    const run = new EventRun(this.#surroundings, { ...taken, lane: 'any', takeSlot: takeNone, makeAttempt });
    running.add(run);
    try {
      if (!isTurn) run.stop('stopping');
      await run.run();
    } finally {
      running.remove(run);
      held.release(taken.message);
      shared.leave();
    }
  }

  /** Before its messages are recorded as running. Null: the gateway stops before it is the batch's turn. */
  async #slotFor(messages: number): Promise<CallSlot | null> {
    const { signal } = this.#deliveries;
    try {
      for (let each = 0; each < messages; each++) await this.#limits.pace.turn(signal);
      return await takeSlot(this.#limits, this.#surroundings.places, {
        of: this.#of,
        group: `${this.#name} queue`,
        signal,
      });
    } catch {
      // Both throw when the signal is aborted, and else nothing.
      return null;
    }
  }

  #giveBack({ message }: TakenMessage): void {
    this.#surroundings.held.release(message);
    message.nak();
  }
}

/** A batch takes one slot for its call, and not one for each of its messages. */
const takeNone: DeliveredEvent['takeSlot'] = () =>
  Promise.resolve({ callBegins: () => undefined, giveBack: () => undefined });
