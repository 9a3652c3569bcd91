import { NODE_HEARTBEAT_MS, type NodeRecord } from '@sovfn/protocol';

export interface NodeAnnouncerOptions {
  /** The record as it is now. */
  readonly record: () => NodeRecord;
  /** Writes it; rejects when the bus did not acknowledge it. */
  readonly announce: (record: NodeRecord) => Promise<void>;
  /** Removes it; rejects in the same way. */
  readonly withdraw: () => Promise<void>;
  readonly onFailed: (reason: string) => void;
}

/**
 * Tells the platform every NODE_HEARTBEAT_MS that this node is there, and at the end that it goes. A node that falls silent is
 * taken for gone after NODE_RECORD_TTL_MS.
 */
export class NodeAnnouncer {
  readonly #options: NodeAnnouncerOptions;
  readonly #timer: NodeJS.Timeout;
  #announcing: Promise<void> | null = null;

  /** Announces at once, then regularly. */
  constructor(options: NodeAnnouncerOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), NODE_HEARTBEAT_MS);
    this.#look();
  }

  /** Never rejects. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    // What is under way would bring the record back.
    await this.#announcing;
    await this.#try(this.#options.withdraw());
  }

  /** Announces at once; what is under way is followed by another. Never rejects. */
  async announceNow(): Promise<void> {
    await this.#announcing;
    this.#look();
    await this.#announcing;
  }

  #look(): void {
    const { announce, record } = this.#options;
    this.#announcing ??= this.#try(announce(record())).finally(() => (this.#announcing = null));
  }

  async #try(telling: Promise<void>): Promise<void> {
    try {
      await telling;
    } catch (error) {
      this.#options.onFailed(String(error));
    }
  }
}
