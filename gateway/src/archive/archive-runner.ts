/**
 * Archives streams while the gateway runs: each when something in it has waited for its time, or fills a quarter of it. Every gateway
 * looks; the position says what another one has done.
 */
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { storeOutsideOf, type StorePlace } from '@sovfn/protocol';
import type { Log } from '../logger.ts';
import { logArchiveFailed, logArchiveMissed } from './events.ts';
import type { ArchivePosition, StreamArchive } from './stream-archive.ts';

export interface ArchivedStream {
  readonly zone: string;
  readonly stream: string;
  readonly archive: StreamArchive;
  /** How long a message may wait for its copy. Milliseconds. */
  readonly afterMs: number;
}

export interface ArchiveRunnerOptions {
  readonly connection: NatsConnection;
  readonly streams: readonly ArchivedStream[];
  readonly onFailed: (stream: string, error: unknown) => void;
  /** The stream had let go of messages before they were archived. */
  readonly onMissed: (stream: string) => void;
}

const LOOK_MS = 10_000;
/** Of what the stream may hold. */
const MOST_SHARE = 0.25;

export class ArchiveRunner implements AsyncDisposable {
  readonly #options: ArchiveRunnerOptions;
  readonly #positions = new Map<string, ArchivePosition | null>();
  readonly #stopping = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<void> | null = null;

  constructor(options: ArchiveRunnerOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.look(), LOOK_MS).unref();
  }

  /** Archives what is due. Never rejects. */
  async look(): Promise<void> {
    this.#looking ??= this.#lookAtAll().finally(() => (this.#looking = null));
    await this.#looking;
  }

  /** What is stored by now is archived when it resolves, as far as it is due and can be. Never rejects. */
  async catchUp(): Promise<void> {
    await this.#looking;
    await this.look();
  }

  /** What is under way ends with the step that it is at. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#stopping.abort();
    await this.#looking;
  }

  async #lookAtAll(): Promise<void> {
    const { connection, streams, onFailed, onMissed } = this.#options;
    for (const each of streams) {
      if (this.#stopping.signal.aborted) return;
      try {
        const manager = await jetstreamManager(connection, { checkAPI: false });
        if (!(await this.#isDue(manager, each))) continue;
        const { position, hasMissed } = await each.archive.run(this.#stopping.signal);
        if (hasMissed) onMissed(each.stream);
        this.#positions.set(each.stream, position);
      } catch (error) {
        if (!this.#stopping.signal.aborted) onFailed(each.stream, error);
      }
    }
  }

  async #isDue(manager: JetStreamManager, { stream, archive, afterMs }: ArchivedStream): Promise<boolean> {
    const { state, config } = await manager.streams.info(stream);
    const isDueAfter = (position: ArchivePosition | null): boolean => {
      if (state.messages === 0 || position?.sequence === state.last_seq) return false;
      if (position === null || Date.now() - position.archivedAt >= afterMs) return true;
      const share = Math.abs(state.last_seq - position.sequence) / state.messages;
      return config.max_bytes > 0 && share * state.bytes >= MOST_SHARE * config.max_bytes;
    };
    if (!isDueAfter(this.#positions.get(stream) ?? null)) return false;
    const position = await archive.position();
    this.#positions.set(stream, position);
    return isDueAfter(position);
  }
}

interface ArchivingStart {
  /** Where the object store is: nothing of a zone that it is not in leaves the bus. */
  readonly place: StorePlace;
  readonly log: Log;
  readonly parts: AsyncDisposableStack;
  readonly connection: NatsConnection;
}

export function startArchiving(
  { place, log, parts, connection }: ArchivingStart,
  all: readonly ArchivedStream[],
): ArchiveRunner {
  const streams = all.filter(({ zone }) => storeOutsideOf(zone, place) === null);
  const onFailed = (stream: string, error: unknown): void => logArchiveFailed(log, stream, error);
  const onMissed = (stream: string): void => logArchiveMissed(log, stream);
  return parts.use(new ArchiveRunner({ connection, streams, onFailed, onMissed }));
}
