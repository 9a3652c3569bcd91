import { BUNDLED_BYTES, Bundler, type WireClient } from '@sovfn/bus/wire';
import { bundleSubject, type BundledMessage, encodeBundle, isSovfnError, type SovfnError } from '@sovfn/protocol';
import type { Delivery } from './delivery.ts';

export interface CallBundlesOptions {
  readonly wire: WireClient;
  /** The bus went away before a call was sent. */
  readonly onUnsent: (delivery: Delivery, error: SovfnError) => void;
}

/** Calls to one version that begin in the same turn of the event loop go to its cells in one message, which one cell gets. */
export class CallBundles {
  readonly #options: CallBundlesOptions;
  readonly #bundler: Bundler<Delivery>;

  constructor(options: CallBundlesOptions) {
    this.#options = options;
    this.#bundler = new Bundler({ turn: options.wire, send: (subject, deliveries) => this.#send(subject, deliveries) });
  }

  /** Throws `bus-unavailable`, and then nothing will be sent. A call that ends before the turn is not sent at all. */
  add(subject: string, delivery: Delivery, message: Buffer): void {
    if (message.length > BUNDLED_BYTES) this.#options.wire.publish(subject, message, delivery.reply);
    else this.#bundler.add(subject, delivery, message.length);
  }

  #send(subject: string, gathered: readonly Delivery[]): void {
    const open = gathered.filter(isOpen);
    const [first] = open;
    if (first === undefined) return;
    try {
      if (open.length === 1) this.#options.wire.publish(subject, first.message, first.reply);
      else this.#publishTogether(subject, bundleSubject(first.reply), open);
    } catch (error) {
      if (!isSovfnError(error)) throw error;
      for (const delivery of open) this.#options.onUnsent(delivery, error);
    }
  }

  #publishTogether(subject: string, reply: string, deliveries: readonly (Delivery & BundledMessage)[]): void {
    this.#options.wire.publish(subject, encodeBundle(deliveries), reply);
    for (const delivery of deliveries) delivery.sentIn(reply);
  }
}

function isOpen(delivery: Delivery): delivery is Delivery & BundledMessage {
  return delivery.message !== null;
}
