import { setTimeout as delay } from 'node:timers/promises';
import { isSovfnError } from '@sovfn/protocol';
import type { LinkIdentity } from '../link/link-client.ts';
import type { DataFolder } from '../platform/data-folder.ts';
import { type EnrolledNode, renewNode } from './enrol-node.ts';

const PAUSE_MS = 1_000;

/** Whether the platform still knows this node, and what it granted last: looked at when something has ended. */
export class Standing {
  /** Rejects with `enrolment-refused` when the node was removed; resolves never. */
  readonly removed: Promise<never>;
  readonly #folder: DataFolder;
  readonly #removed = Promise.withResolvers<never>();
  #last: EnrolledNode;
  #looking: Promise<void> | null = null;

  constructor(folder: DataFolder, enrolled: EnrolledNode) {
    this.#folder = folder;
    this.#last = enrolled;
    this.removed = this.#removed.promise;
    this.removed.catch(() => undefined);
  }

  get identity(): LinkIdentity {
    return this.#last.identity;
  }

  /** At most once a second: cells come and go. */
  look(): void {
    this.#looking ??= this.#renew()
      .then(() => delay(PAUSE_MS, undefined, { ref: false }))
      .finally(() => (this.#looking = null));
  }

  async #renew(): Promise<void> {
    try {
      this.#last = await renewNode(this.#folder, this.#last.platform);
    } catch (error) {
      // A platform that is away comes back: whoever lost its connection tries again, and is looked after again.
      if (isSovfnError(error) && error.code === 'enrolment-refused') this.#removed.reject(error);
    }
  }
}
