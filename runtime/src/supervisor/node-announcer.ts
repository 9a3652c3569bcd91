import { NODE_HEARTBEAT_MS, type NodeRecord } from '@sovfn/protocol';

export interface NodeAnnouncerOptions {
  /** The record as it is now. */
  readonly record: () => NodeRecord;
  /** Writes it; rejects when the bus did not acknowledge it. */
  readonly announce: (record: NodeRecord) => Promise<void>;
  readonly onFailed: (reason: string) => void;
}

/** Tells the platform every NODE_HEARTBEAT_MS that this node is there; a node that stops telling is taken for gone. */
export class NodeAnnouncer {
  readonly #options: NodeAnnouncerOptions;
  readonly #timer: NodeJS.Timeout;
  #isAnnouncing = false;

  /** Announces at once, then regularly. */
  constructor(options: NodeAnnouncerOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#announce(), NODE_HEARTBEAT_MS);
    void this.#announce();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #announce(): Promise<void> {
    if (this.#isAnnouncing) return;
    this.#isAnnouncing = true;
    try {
      await this.#options.announce(this.#options.record());
    } catch (error) {
      this.#options.onFailed(String(error));
    } finally {
      this.#isAnnouncing = false;
    }
  }
}
