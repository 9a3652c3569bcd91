/**
 * Counts what tenants with a quota of storage keep, for StorageRoom: at start, when the quota is set, every COUNT_MS, and soon
 * after something was refused, since room may have been made.
 *
 * A count lists everything that the tenant has, so the next one waits for twenty times as long as the last took: at most a
 * twentieth of the time goes into it. With several gateways the one that is first counts, and the others see its count.
 * Not guaranteed: a count while the object store is away; the last one stays.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { StorageRoom } from '@sovfn/bus';
import type { TenantStorage } from '@sovfn/protocol';
import type { TenantData } from './tenant-data.ts';
import type { TenantRegistry } from './tenant-registry.ts';

export interface StorageCounterOptions {
  readonly tenants: Pick<TenantRegistry, 'list'>;
  readonly data: Pick<TenantData, 'measure'>;
  readonly room: StorageRoom;
  readonly onFailed: (tenant: string, error: unknown) => void;
  /** Milliseconds; given by tests. */
  readonly countMs?: number;
}

const COUNT_MS = 60_000;
/** After a refusal a count may be this old. Milliseconds. */
const FRESH_MS = 10_000;
/** How often it is looked whether a count is due. Milliseconds. */
const LOOK_MS = 1_000;
const REST = 20;

interface Counted {
  readonly tookMs: number;
  readonly endedAt: number;
}

export class StorageCounter implements AsyncDisposable {
  readonly #options: StorageCounterOptions;
  readonly #countMs: number;
  readonly #last = new Map<string, Counted>();
  readonly #refused = new Set<string>();
  readonly #stop = new AbortController();
  readonly #loop: Promise<void>;

  constructor(options: StorageCounterOptions) {
    this.#options = options;
    this.#countMs = options.countMs ?? COUNT_MS;
    options.room.onRefused((tenant) => this.#refused.add(tenant));
    this.#loop = this.#run();
  }

  /** Counts now. What it finds holds here when it resolves. Throws `store-unavailable`, `bus-unavailable`. */
  async count(tenant: string): Promise<TenantStorage> {
    const { data, room } = this.#options;
    const startedAt = performance.now();
    const storage = await data.measure(tenant);
    const endedAt = performance.now();
    this.#last.set(tenant, { tookMs: endedAt - startedAt, endedAt });
    this.#refused.delete(tenant);
    const quotaBytes = this.#quotas().get(tenant);
    if (quotaBytes !== undefined) {
      await room.write({ tenant, quotaBytes, usedBytes: totalBytes(storage), measuredAt: storage.measuredAt });
    } else if (room.use(tenant) !== null) {
      await room.remove(tenant);
    }
    return storage;
  }

  /** Whatever has been counted before: the quota has changed. */
  countSoon(tenant: string): void {
    this.#last.delete(tenant);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      for (const tenant of this.#due()) {
        if (signal.aborted) return;
        await this.#countOrReport(tenant);
      }
      await delay(Math.min(LOOK_MS, this.#countMs), undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async #countOrReport(tenant: string): Promise<void> {
    try {
      if (this.#quotas().has(tenant)) await this.count(tenant);
      else await this.#options.room.remove(tenant);
    } catch (error) {
      // As if it had been counted: the store is not asked again at once.
      this.#last.set(tenant, { tookMs: 0, endedAt: performance.now() });
      if (!this.#stop.signal.aborted) this.#options.onFailed(tenant, error);
    }
  }

  #due(): string[] {
    const quotas = this.#quotas();
    const names = new Set([...quotas.keys(), ...this.#options.room.tenants()]);
    return [...names].filter((name) => this.#isDue(name, quotas.get(name) ?? null));
  }

  #isDue(tenant: string, quotaBytes: number | null): boolean {
    const use = this.#options.room.use(tenant);
    const last = this.#last.get(tenant);
    if (last !== undefined && performance.now() - last.endedAt < REST * last.tookMs) return false;
    if (use === null || use.quotaBytes !== quotaBytes) return last === undefined || this.#isOlder(last, LOOK_MS);
    const ageMs = Date.now() - Date.parse(use.measuredAt);
    const mostMs = this.#refused.has(tenant) ? Math.min(FRESH_MS, this.#countMs) : this.#countMs;
    return ageMs >= mostMs && (last === undefined || this.#isOlder(last, mostMs));
  }

  #isOlder({ endedAt }: Counted, ms: number): boolean {
    return performance.now() - endedAt >= ms;
  }

  /** Bytes, of those who have the quota and were not erased. */
  #quotas(): ReadonlyMap<string, number> {
    const quotas = new Map<string, number>();
    for (const { name, record } of this.#options.tenants.list()) {
      const bytes = record?.erasure?.state === 'erased' ? null : (record?.quotas.storageBytes ?? null);
      if (bytes !== null) quotas.set(name, bytes);
    }
    return quotas;
  }
}

function totalBytes({ buckets, kv }: TenantStorage): number {
  return buckets.reduce((sum, { bytes }) => sum + bytes, kv.bytes);
}
