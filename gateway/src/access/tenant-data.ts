/** What the platform keeps of one tenant, but for its keys, the audit log and receipts: counted, and removed. */
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import type { FunctionRegistry } from '@sovfn/bus';
import {
  type ErasureCertificate,
  kvBucket,
  SIGNERS_BUCKET,
  type TenantStorage,
  tenantSubjects,
  zoneOfStream,
} from '@sovfn/protocol';
import type { ObjectStore } from '@sovfn/store';
import type { GatewayConfig } from '../config.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import type { TokenRegistry } from './token-registry.ts';

export interface TenantDataOptions {
  readonly connection: NatsConnection;
  readonly config: Pick<GatewayConfig, 'zones' | 'store'>;
  readonly tokens: TokenRegistry;
  readonly registry: FunctionRegistry;
  readonly secrets: SecretStore;
  readonly store: ObjectStore;
}

export type TenantCounts = ErasureCertificate['removed'];
type Counts = Record<string, number>;

const SIGNERS_STREAM = `KV_${SIGNERS_BUCKET}`;

export class TenantData {
  readonly #options: TenantDataOptions;

  constructor(options: TenantDataOptions) {
    this.#options = options;
  }

  async count(tenant: string): Promise<TenantCounts> {
    const { tokens, secrets, store } = this.#options;
    return {
      tokens: (await tokens.list(tenant)).length,
      functions: this.#functionsOf(tenant).length,
      secrets: secrets.countOf(tenant),
      messages: await this.#eachStream(tenant, async (manager, stream, filter) => {
        const { state } = await manager.streams.info(stream, { subjects_filter: filter });
        return Object.values(state.subjects ?? {}).reduce((sum, messages) => sum + messages, 0);
      }),
      objects: await this.#eachPlace(
        tenant,
        async (bucket, prefix) => (await store.measurePrefix(bucket, prefix)).objects,
      ),
    };
  }

  /** What is in the object store, by bucket, and in `kv` bindings, as it is listed now. Throws `store-unavailable`. */
  async measure(tenant: string): Promise<TenantStorage> {
    const { store } = this.#options;
    const measuredAt = new Date().toISOString();
    const objects: Counts = {};
    const bytes = await this.#eachPlace(tenant, async (bucket, prefix) => {
      const measured = await store.measurePrefix(bucket, prefix);
      objects[bucket] = (objects[bucket] ?? 0) + measured.objects;
      return measured.bytes;
    });
    const named = Object.entries(bytes).map(([bucket, all]) => ({ bucket, objects: objects[bucket]!, bytes: all }));
    return { measuredAt, buckets: named, kv: await this.#measureKv(tenant) };
  }

  /** The server sends the sizes of the values, not the values. */
  async #measureKv(tenant: string): Promise<TenantStorage['kv']> {
    const kvm = new Kvm(this.#options.connection);
    const sum = { keys: 0, bytes: 0 };
    // NOTE: the library's type does not know the second, its code does.
    const sizes = { key: `${tenant}.>`, headers_only: true };
    for (const zone of this.#options.config.zones) {
      const bucket = await kvm.open(kvBucket(zone));
      for await (const entry of await bucket.history(sizes)) {
        if (entry.operation !== 'PUT') continue;
        sum.keys++;
        sum.bytes += entry.length;
      }
    }
    return sum;
  }

  /** Everything that is there now, in an order in which nothing makes more of it. Resolves with how much it was. */
  async removeOnce(tenant: string): Promise<TenantCounts> {
    const { tokens, registry, secrets, store } = this.#options;
    const known = await tokens.list(tenant);
    for (const { id } of known) await tokens.revoke(tenant, id);
    const functions = this.#functionsOf(tenant);
    for (const { name } of functions) await registry.remove(tenant, name);
    return {
      tokens: known.length,
      functions: functions.length,
      secrets: await secrets.eraseTenant(tenant),
      messages: await this.#eachStream(tenant, async (manager, stream, filter) => {
        return (await manager.streams.purge(stream, { filter })).purged;
      }),
      objects: await this.#eachPlace(tenant, async (bucket, prefix) => store.removePrefix(bucket, prefix)),
    };
  }

  #functionsOf(tenant: string) {
    return [...this.#options.registry.all()].filter((record) => record.tenant === tenant);
  }

  /** By stream; those with nothing of the tenant are left out. */
  async #eachStream(
    tenant: string,
    act: (manager: JetStreamManager, stream: string, filter: string) => Promise<number>,
  ): Promise<Counts> {
    const { connection, config } = this.#options;
    const manager = await jetstreamManager(connection, { checkAPI: false });
    const counts: Counts = {};
    for (const zone of config.zones) {
      const filters = [...tenantSubjects(zone, tenant), `$KV.${kvBucket(zone)}.${tenant}.>`];
      for (const stream of await streamsOf(manager, zone)) {
        const roots = new Set(stream.subjects.map(rootOf));
        for (const filter of filters.filter((subject) => roots.has(rootOf(subject)))) {
          const messages = await act(manager, stream.name, filter);
          if (messages > 0) counts[stream.name] = (counts[stream.name] ?? 0) + messages;
        }
      }
    }
    const signers = `$KV.${SIGNERS_BUCKET}.${tenant}.>`;
    const lists = await act(manager, SIGNERS_STREAM, signers);
    return lists > 0 ? { ...counts, [SIGNERS_STREAM]: lists } : counts;
  }

  /** By bucket. */
  async #eachPlace(tenant: string, act: (bucket: string, prefix: string) => Promise<number>): Promise<Counts> {
    const { bundles, outputs, events, logs, data } = this.#options.config.store;
    const places = [
      [bundles, `${tenant}/`],
      [outputs, `${tenant}/`],
      ...this.#options.config.zones.map((zone) => [events, `${zone}/${tenant}/`]),
      ...[logs, data].flatMap((bucket) => (bucket === undefined ? [] : [[bucket, `${tenant}/`]])),
    ] as [string, string][];
    const counts: Counts = {};
    for (const [bucket, prefix] of places) counts[bucket] = (counts[bucket] ?? 0) + (await act(bucket, prefix));
    return counts;
  }
}

interface StreamOfZone {
  readonly name: string;
  readonly subjects: readonly string[];
}

async function streamsOf(manager: JetStreamManager, zone: string): Promise<StreamOfZone[]> {
  const found: StreamOfZone[] = [];
  for await (const { config } of manager.streams.list()) {
    if (zoneOfStream(config.name) === zone) found.push({ name: config.name, subjects: config.subjects ?? [] });
  }
  return found;
}

/** Of the bucket too, where subjects are of one. */
function rootOf(subject: string): string {
  const [root, second] = subject.split('.');
  return root === '$KV' ? `$KV.${second}` : root!;
}

export const NOTHING: TenantCounts = { tokens: 0, functions: 0, secrets: 0, messages: {}, objects: {} };

export function isNothing({ tokens, functions, secrets, messages, objects }: TenantCounts): boolean {
  return [tokens, functions, secrets, ...Object.values(messages), ...Object.values(objects)].every((n) => n === 0);
}

export const sum = (a: TenantCounts, b: TenantCounts): TenantCounts => merged(a, b, (one, other) => one + other);

/** Of each kind the larger number. */
export const most = (a: TenantCounts, b: TenantCounts): TenantCounts => merged(a, b, Math.max);

type Merge = (one: number, other: number) => number;

function merged(a: TenantCounts, b: TenantCounts, merge: Merge): TenantCounts {
  return {
    tokens: merge(a.tokens, b.tokens),
    functions: merge(a.functions, b.functions),
    secrets: merge(a.secrets, b.secrets),
    messages: mergedCounts(a.messages, b.messages, merge),
    objects: mergedCounts(a.objects, b.objects, merge),
  };
}

function mergedCounts(a: Readonly<Counts>, b: Readonly<Counts>, merge: Merge): Counts {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, merge(a[name] ?? 0, b[name] ?? 0)]));
}
