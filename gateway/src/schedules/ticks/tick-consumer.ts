/**
 * Takes the ticks of the gateway's zones as NATS fires them; all gateways share one consumer a zone.
 *
 * Guarantees: ticks of one schedule are handled one after the other within this gateway; a tick whose handling failed, or
 * whose gateway was lost, comes again.
 */
import {
  AckPolicy,
  type ConsumerMessages,
  jetstream,
  type JetStreamClient,
  jetstreamManager,
  type JsMsg,
} from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';
import { setTimeout as delay } from 'node:timers/promises';
import {
  decodePlannedTick,
  eventStream,
  isSovfnError,
  type PlannedTick,
  ProtocolError,
  type ScheduleAddress,
  scheduleOfSubject,
  zoneTicksSubject,
} from '@sovfn/protocol';
import { ensureConsumer } from '../../events/dispatch/durable-consumer.ts';
import { HeldMessages } from '../../events/dispatch/held-messages.ts';
import type { Log } from '../../logger.ts';
import type { BusClock } from '../bus-clock.ts';
import { logTickInterrupted, logTicksInterrupted } from '../events.ts';

export interface TickConsumerOptions {
  readonly connection: NatsConnection;
  readonly zones: readonly string[];
  /** When it resolves, the tick has been dealt with. */
  readonly handle: (at: ScheduleAddress, tick: PlannedTick) => Promise<void>;
  /** A tick whose gateway was lost comes to another one after this. Milliseconds. */
  readonly ackMs: number;
  /** Is told when each tick was fired. */
  readonly clock: Pick<BusClock, 'observe'>;
  readonly log: Log;
}

const CONSUMER = 'ticks';
/** Ticks of a zone that are being handled at once, over all gateways. */
const UNDER_WAY = 20_000;
const TAKEN_AT_ONCE = 1_000;
const AGAIN_MS = 1_000;

export class TickConsumer implements AsyncDisposable {
  readonly #options: TickConsumerOptions;
  readonly #stream: JetStreamClient;
  readonly #held: HeldMessages;
  readonly #underWay = new Set<Promise<void>>();
  /** The last tick under way of each schedule, by subject. */
  readonly #turns = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #following: Promise<void>[] = [];

  static async start(options: TickConsumerOptions): Promise<TickConsumer> {
    const consumer = new TickConsumer(options);
    for (const zone of options.zones) consumer.#following.push(consumer.#follow(zone, await consumer.#consume(zone)));
    return consumer;
  }

  private constructor(options: TickConsumerOptions) {
    this.#options = options;
    this.#stream = jetstream(options.connection);
    this.#held = new HeldMessages(options.ackMs);
  }

  /** Takes no more ticks, and waits for those under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#following);
    await Promise.all(this.#underWay);
    this.#held.close();
  }

  async #consume(zone: string): Promise<ConsumerMessages> {
    const { connection, ackMs } = this.#options;
    const manager = await jetstreamManager(connection, { checkAPI: false });
    const consumer = await ensureConsumer(
      { manager, stream: this.#stream, of: eventStream(zone) },
      {
        durable_name: CONSUMER,
        filter_subject: zoneTicksSubject(zone),
        ack_policy: AckPolicy.Explicit,
        ack_wait: nanos(ackMs),
        max_ack_pending: UNDER_WAY,
      },
    );
    const messages = await consumer.consume({
      max_messages: TAKEN_AT_ONCE,
      abort_on_missing_resource: true,
      callback: (message) => this.#take(message),
    });
    const close = (): void => void messages.close();
    if (this.#stopping.signal.aborted) close();
    else this.#stopping.signal.addEventListener('abort', close, { once: true });
    return messages;
  }

  /** Begins again whenever the deliveries end: the consumer was removed, or the server lost its files. */
  async #follow(zone: string, first: ConsumerMessages): Promise<void> {
    let ended: unknown = await first.closed();
    while (!this.#stopping.signal.aborted) {
      logTicksInterrupted(this.#options.log, ended);
      await delay(AGAIN_MS);
      ended = await this.#consumeUntilClosed(zone);
    }
  }

  async #consumeUntilClosed(zone: string): Promise<unknown> {
    if (this.#stopping.signal.aborted) return null;
    try {
      return await (await this.#consume(zone)).closed();
    } catch (error) {
      return error;
    }
  }

  #take(message: JsMsg): void {
    const { subject, time } = message;
    this.#options.clock.observe(time.getTime());
    this.#held.hold(message, CONSUMER, 0);
    const before = this.#turns.get(subject) ?? Promise.resolve();
    const turn = before.then(async () => this.#handle(message));
    this.#turns.set(subject, turn);
    this.#underWay.add(turn);
    void turn.finally(() => {
      this.#underWay.delete(turn);
      if (this.#turns.get(subject) === turn) this.#turns.delete(subject);
    });
  }

  /** Never rejects. */
  async #handle(message: JsMsg): Promise<void> {
    try {
      const at = scheduleOfSubject(message.subject);
      if (at === null) throw new ProtocolError(`"${message.subject}" is no subject of a tick`);
      await this.#options.handle(at, decodePlannedTick(message.data));
      message.ack();
    } catch (error) {
      logTickInterrupted(this.#options.log, message.subject, error);
      if (isSovfnError(error) && error.code === 'bad-message') message.term();
      else message.nak(AGAIN_MS);
    } finally {
      this.#held.release(message);
    }
  }
}
