/**
 * The stream `OUT_<zone>`: outputs that wait for the object store. Bounded in bytes, not in age: when it is full, new
 * messages are refused and old ones stay.
 *
 * Guarantees: a `put` that resolves is acknowledged by JetStream, and repeating one is harmless: the server knows its id
 * for two minutes, and readers take the last message of a subject. A `put` waits out a restart of the server.
 */
import {
  type ConsumerMessages,
  jetstream,
  type JetStreamClient,
  jetstreamManager,
  type JetStreamManager,
  type JsMsg,
  type StoredMsg,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  type FunctionAddress,
  functionSpillEndsSubject,
  isSovfnError,
  type OutputMeta,
  parseSpillSubject,
  SovfnError,
  type SpillAddress,
  spilledOutputSubject,
  spillStartsSubject,
  spillStream,
  spillSubject,
} from '@sovfn/protocol';
import type { FunctionName, PendingAddress } from '../output-address.ts';
import { ConnectionWatch } from './connection-watch.ts';
import { decodeEnd, encodeEnd, type SpilledOutput } from './end-message.ts';
import { SpillPublisher } from './spill-publisher.ts';
import { SpillRoom } from './spill-room.ts';
import { DRAIN, setUpSpill, type SpillSetup } from './spill-setup.ts';

/** Size of a part, and of the largest output that needs none. Bytes; half of NATS's max_payload. */
export const PART_BYTES = 512 * 1024;

const REQUEST_MS = 5_000;
const ROOM_POLL_MS = 1_000;
/** Also how long the library waits before it pulls again after a restart of the server. */
const PULL_MS = 5_000;

export interface SpillStreamOptions extends SpillSetup {
  readonly connection: NatsConnection;
}

export class SpillStream {
  readonly zone: string;
  readonly room: SpillRoom;
  readonly #setup: SpillSetup;
  readonly #stream: string;
  readonly #client: JetStreamClient;
  readonly #manager: JetStreamManager;
  readonly #publisher: SpillPublisher;
  readonly #poll: NodeJS.Timeout;

  private constructor(options: SpillStreamOptions, manager: JetStreamManager) {
    this.zone = options.zone;
    this.#setup = options;
    this.room = new SpillRoom(options.maxBytes);
    this.#stream = spillStream(options.zone);
    this.#manager = manager;
    this.#client = jetstream(options.connection, { timeout: REQUEST_MS });
    const watch = new ConnectionWatch(options.connection);
    this.#publisher = new SpillPublisher({ client: this.#client, watch, room: this.room });
    this.#poll = setInterval(() => void this.#observeRoom(), ROOM_POLL_MS).unref();
  }

  /** Makes the stream if need be. Throws `bus-unavailable`. */
  static async open(options: SpillStreamOptions): Promise<SpillStream> {
    try {
      const manager = await jetstreamManager(options.connection, { timeout: REQUEST_MS, checkAPI: false });
      await setUpSpill(manager, options);
      const spill = new SpillStream(options, manager);
      await spill.#observeRoom();
      return spill;
    } catch (cause) {
      if (isSovfnError(cause)) throw cause;
      const message = `the stream ${spillStream(options.zone)} cannot be set up: ${String(cause)}`;
      throw new SovfnError('bus-unavailable', message, { cause, hint: 'Check that JetStream runs and has room.' });
    }
  }

  async putPart(to: PendingAddress, part: number, bytes: Buffer): Promise<void> {
    await this.#publisher.publish(spillSubject(this.#in(to), idOf(to), part), bytes);
  }

  /** Makes the output complete. All its parts must be acknowledged. */
  async putEnd(meta: OutputMeta, parts: number, tail: Buffer): Promise<void> {
    const subject = spillSubject(this.#in(meta), idOf(meta), 'end');
    await this.#publisher.publish(subject, encodeEnd({ meta, parts, tail }));
  }

  /** Null when there is no such part. */
  async readPart(to: PendingAddress, part: number): Promise<Buffer | null> {
    const message = await this.#last(spillSubject(this.#in(to), idOf(to), part));
    return message === null ? null : asBuffer(message.data);
  }

  /** Null when no such output is pending. Throws `output-corrupted` for an end that cannot be read. */
  async readEnd(to: PendingAddress): Promise<SpilledOutput | null> {
    const message = await this.#last(spillSubject(this.#in(to), idOf(to), 'end'));
    if (message === null) return null;
    try {
      return decodeEnd(asBuffer(message.data));
    } catch (cause) {
      throw new SovfnError('output-corrupted', `pending output ${to.invocation}: ${String(cause)}`, { cause });
    }
  }

  /** When the output's last message came, and whether that was its end. Null when nothing is left of it. */
  async lastActivity(to: PendingAddress): Promise<{ readonly at: Date; readonly isEnd: boolean } | null> {
    const message = await this.#last(spilledOutputSubject(this.#in(to), idOf(to)));
    if (message === null) return null;
    return { at: message.time, isEnd: parseSpillSubject(message.subject)?.part === 'end' };
  }

  async purge(to: PendingAddress): Promise<void> {
    const filter = spilledOutputSubject(this.#in(to), idOf(to));
    await this.#ask('purge an output', this.#manager.streams.purge(this.#stream, { filter }));
  }

  /** Purges if NATS answers; what stays behind without an end is swept up later. */
  async purgeOrLeave(to: PendingAddress): Promise<void> {
    try {
      await this.purge(to);
    } catch {
      // The caller reports the error that made it give the output up; this one adds nothing to it.
    }
  }

  /** Invocations of a function whose outputs are pending, in no order. */
  async pendingOf(of: FunctionName): Promise<string[]> {
    const ends = await this.#subjects(functionSpillEndsSubject(this.#in(of)));
    return ends.map((end) => end.invocation);
  }

  /** Every output that has parts, ended or not. */
  async withParts(): Promise<SpillAddress[]> {
    return this.#subjects(spillStartsSubject(this.zone));
  }

  /** Outputs that are complete and not yet moved. The server counts one a moment after it has acknowledged it. */
  async pending(): Promise<number> {
    const info = await this.#ask('count pending outputs', this.#manager.consumers.info(this.#stream, DRAIN));
    return info.num_pending + info.num_ack_pending;
  }

  /**
   * Delivers the ends of complete outputs, each to one gateway at a time, again until it is acknowledged. Makes the
   * stream and its consumer if they are not there (any more); closes itself when they vanish.
   */
  async consumeEnds(onEnd: (message: JsMsg) => void): Promise<ConsumerMessages> {
    await setUpSpill(this.#manager, this.#setup);
    const consumer = await this.#client.consumers.get(this.#stream, DRAIN);
    return consumer.consume({ expires: PULL_MS, abort_on_missing_resource: true, callback: onEnd });
  }

  close(): void {
    clearInterval(this.#poll);
  }

  #in(output: FunctionName): FunctionAddress {
    return { zone: this.zone, tenant: output.tenant, function: output.function };
  }

  /** A direct get may be answered by a server that lags behind: an absence is confirmed by the leader. */
  async #last(subject: string): Promise<StoredMsg | null> {
    const query = { last_by_subj: subject };
    const near = await this.#ask('read an output', this.#manager.direct.getMessage(this.#stream, query));
    return near ?? (await this.#ask('read an output', this.#manager.streams.getMessage(this.#stream, query)));
  }

  async #subjects(filter: string): Promise<SpillAddress[]> {
    const request = this.#manager.streams.info(this.#stream, { subjects_filter: filter });
    const { state } = await this.#ask('list outputs', request);
    const addresses = Object.keys(state.subjects ?? {}).map(parseSpillSubject);
    return addresses.filter((address) => address !== null);
  }

  async #ask<T>(action: string, request: Promise<T>): Promise<T> {
    try {
      return await request;
    } catch (cause) {
      const message = `cannot ${action} in the stream ${this.#stream}: ${String(cause)}`;
      throw new SovfnError('bus-unavailable', message, { cause, hint: 'Check that nats-server runs.' });
    }
  }

  async #observeRoom(): Promise<void> {
    try {
      const { state } = await this.#manager.streams.info(this.#stream);
      this.room.observe(state.bytes);
    } catch {
      // NATS is away: what was known last stands, and publishes find out for themselves.
    }
  }
}

function idOf({ call, invocation }: PendingAddress): string {
  return call ?? invocation;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
