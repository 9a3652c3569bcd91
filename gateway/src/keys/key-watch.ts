/**
 * Knows whose keys can be used. A tenant whose key was revoked, or whose holder does not answer, is not called any more:
 * nothing of it would be kept encrypted.
 *
 * Guarantees: within `cacheMs` after a key can no longer be used, the tenant's calls are refused; half of that after it is
 * back, they are not. Tenants that have no data keys yet are usable.
 */
import type { FunctionRegistry } from '@sovfn/bus';
import { SovfnError } from '@sovfn/protocol';
import type { AuditTrail } from '../audit/audit-trail.ts';
import type { Log } from '../logger.ts';
import type { DataKeys } from './data-keys.ts';
import { logKeyBack, logKeyLost } from './events.ts';

export interface KeyWatchOptions {
  readonly registry: Pick<FunctionRegistry, 'all'>;
  readonly keys: Pick<DataKeys, 'check' | 'forget'>;
  /** Milliseconds. */
  readonly cacheMs: number;
  readonly audit: Pick<AuditTrail, 'count'>;
  readonly log: Log;
}

export class KeyWatch {
  readonly #options: KeyWatchOptions;
  readonly #lost = new Set<string>();
  /** When each tenant's key was last usable, by `performance.now()`. */
  readonly #goodAt = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<void> | null = null;

  /** Resolves after the first look. */
  static async open(options: KeyWatchOptions): Promise<KeyWatch> {
    const watch = new KeyWatch(options);
    await watch.#look();
    return watch;
  }

  private constructor(options: KeyWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => {
      this.#looking ??= this.#look();
    }, options.cacheMs / 2);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Throws `key-unavailable`. */
  assertUsable(tenant: string): void {
    if (this.#lost.size === 0 || !this.#lost.has(tenant)) return;
    throw new SovfnError('key-unavailable', `the key of the tenant "${tenant}" cannot be used, so nothing of it runs`, {
      hint: 'Give the gateways the key back: events that were accepted have waited for it.',
    });
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    const tenants = new Set([...this.#options.registry.all()].map(({ tenant }) => tenant));
    await Promise.all([...tenants].map(async (tenant) => this.#check(tenant)));
    this.#looking = null;
  }

  async #check(tenant: string): Promise<void> {
    const { keys, cacheMs, audit, log } = this.#options;
    try {
      await keys.check(tenant);
      this.#goodAt.set(tenant, performance.now());
      if (!this.#lost.delete(tenant)) return;
      audit.count({ action: 'keyBack', tenant });
      logKeyBack(log, tenant);
    } catch (error) {
      const goodAt = this.#goodAt.get(tenant) ?? -Infinity;
      if (performance.now() - goodAt < cacheMs || this.#lost.has(tenant)) return;
      this.#lost.add(tenant);
      keys.forget(tenant);
      audit.count({ action: 'keyLost', tenant });
      logKeyLost(log, tenant, error);
    }
  }
}
