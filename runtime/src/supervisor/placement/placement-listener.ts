import type { WireClient, WireSubscription } from '@sovfn/bus/wire';
import { placementSubject, SUPERVISOR_QUEUE } from '@sovfn/protocol';

export interface PlacementListenerOptions {
  readonly wire: WireClient;
  readonly zones: readonly string[];
  /** Of the node. NATS lets it take the placements of no other. */
  readonly country: string;
  /** `payload` is valid during the call only. */
  readonly onPlacement: (zone: string, payload: Buffer, reply: string) => void;
}

/** The subscriptions to the placement subjects of the node's zones and country: there while the node can take calls. */
export class PlacementListener {
  readonly #options: PlacementListenerOptions;
  #subscriptions: WireSubscription[] = [];
  #hasEnded = false;

  constructor(options: PlacementListenerOptions) {
    this.#options = options;
  }

  get isListening(): boolean {
    return this.#subscriptions.length > 0;
  }

  start(): void {
    if (this.isListening || this.#hasEnded) return;
    const { wire, zones, country, onPlacement } = this.#options;
    this.#subscriptions = zones.map((zone) =>
      wire.subscribe(placementSubject(zone, country), SUPERVISOR_QUEUE, (payload, _subject, reply) =>
        onPlacement(zone, payload, reply),
      ),
    );
  }

  /** Stops for good. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    await this.stop();
  }

  /** Resolves when every placement that was received has been handed on. */
  async stop(): Promise<void> {
    const subscriptions = this.#subscriptions.splice(0);
    // A connection that is lost meanwhile has ended the subscriptions too.
    await Promise.all(subscriptions.map((subscription) => subscription.drain().catch(() => undefined)));
  }
}
