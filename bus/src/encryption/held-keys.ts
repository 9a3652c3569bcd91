import type { DataKey } from './data-key.ts';

/** A key as whoever has it gives it. */
export interface GivenKey {
  readonly key: DataKey;
  /** How long it may be used before it is asked for again. Milliseconds. */
  readonly forMs: number;
}

type AskForKey = () => Promise<GivenKey>;

interface HeldKey {
  readonly key: DataKey;
  /** By `performance.now()`. */
  readonly until: number;
  readonly renewAt: number;
}

/** Data keys that are held for a while: each is asked for once at a time, and again in the background after half of its time. */
export class HeldKeys {
  readonly #held = new Map<string, HeldKey>();
  readonly #asked = new Map<string, Promise<DataKey>>();

  /** At once while it is held. Rejects as `ask` does. */
  get(name: string, ask: AskForKey): DataKey | Promise<DataKey> {
    const held = this.#held.get(name);
    const now = performance.now();
    if (held === undefined || now >= held.until) return this.renew(name, ask);
    // A failure shows when the key is no longer held.
    if (now >= held.renewAt) this.renew(name, ask).catch(() => undefined);
    return held.key;
  }

  /** Asks, whether it is held or not. */
  renew(name: string, ask: AskForKey): Promise<DataKey> {
    const asked = this.#asked.get(name);
    if (asked !== undefined) return asked;
    const asking = ask()
      .then((given) => this.#hold(name, given))
      .finally(() => this.#asked.delete(name));
    this.#asked.set(name, asking);
    return asking;
  }

  /** The one that was given last, however long ago. */
  last(name: string): DataKey | null {
    return this.#held.get(name)?.key ?? null;
  }

  /** They are used no more before they are given again. */
  forget(isMeant: (key: DataKey) => boolean): void {
    for (const [name, { key }] of this.#held) if (isMeant(key)) this.#held.delete(name);
  }

  #hold(name: string, { key, forMs }: GivenKey): DataKey {
    const now = performance.now();
    this.#held.set(name, { key, until: now + forMs, renewAt: now + forMs / 2 });
    return key;
  }
}
