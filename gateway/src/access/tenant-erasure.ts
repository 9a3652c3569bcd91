/**
 * Ends tenants: removes what the platform keeps of one, destroys its keys, and signs that it did.
 *
 * Guarantees: nothing is removed before the notice is over; from the first removal on, nobody can use the tenant; a certificate is
 * signed only after a look at everything has found nothing more; what was interrupted can be carried out again.
 * Not guaranteed: that copies elsewhere are gone (backups, disks that keep what was overwritten): of what is encrypted they hold
 * nothing that could be opened. Receipts and the audit log stay: they are proofs, with names, times and hashes.
 */
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { ComponentIdentity, FunctionRegistry } from '@sovfn/bus';
import {
  type Erasure,
  type ErasureCertificate,
  kvBucket,
  PROTOCOL_VERSION,
  signDocument,
  SIGNED_KINDS,
  type SignedErasure,
  SovfnError,
  tenantSubjects,
} from '@sovfn/protocol';
import type { ObjectStore } from '@sovfn/store';
import { setTimeout as delay } from 'node:timers/promises';
import type { GatewayConfig } from '../config.ts';
import type { DataKeys } from '../keys/data-keys.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import type { TenantRegistry } from './tenant-registry.ts';
import type { TokenRegistry } from './token-registry.ts';

export interface TenantErasureOptions {
  readonly connection: NatsConnection;
  readonly config: Pick<GatewayConfig, 'id' | 'zones' | 'store'>;
  readonly identity: ComponentIdentity;
  readonly tenants: TenantRegistry;
  readonly tokens: TokenRegistry;
  readonly registry: FunctionRegistry;
  readonly secrets: SecretStore;
  readonly keys: DataKeys;
  readonly store: ObjectStore;
}

type Removed = ErasureCertificate['removed'];
type Counts = Record<string, number>;

/** Calls that were under way when the functions went may still leave something; each look waits for that. Milliseconds. */
const BETWEEN_LOOKS_MS = 1_000;
const MOST_LOOKS = 60;

export class TenantErasure {
  readonly #options: TenantErasureOptions;

  constructor(options: TenantErasureOptions) {
    this.#options = options;
  }

  /** Throws `tenant-not-found`; `erasure-conflict` when one is announced already, or for the tenant that the platform begins with. */
  async announce(tenant: string, noticeMs: number, actor: string): Promise<Erasure> {
    const announcedAt = new Date();
    const notBefore = new Date(announcedAt.getTime() + noticeMs).toISOString();
    return this.#options.tenants.changeErasure(tenant, (before) => {
      if (before !== null) throw conflict(tenant, describe(before));
      return { state: 'announced', announcedAt: announcedAt.toISOString(), notBefore, actor };
    });
  }

  /** Throws `tenant-not-found`, `erasure-conflict` when there is nothing that could be called off. */
  async cancel(tenant: string): Promise<void> {
    await this.#options.tenants.changeErasure(tenant, (before) => {
      if (before?.state !== 'announced') throw conflict(tenant, describe(before));
      return null;
    });
  }

  /** Throws `erasure-conflict` for a tenant that nobody can use any more. */
  async assertUsable(tenant: string): Promise<void> {
    const end = await this.#options.tenants.endOf(tenant);
    if (end !== null && end.state !== 'announced') throw conflict(tenant, describe(end));
  }

  /** Resolves with the certificate, also of a tenant that was erased before. Throws `erasure-conflict` before the notice is over. */
  async carryOut(tenant: string): Promise<SignedErasure> {
    const { tenants } = this.#options;
    const started = await tenants.changeErasure(tenant, (before) => {
      if (before === null || (before.state === 'announced' && Date.parse(before.notBefore) > Date.now())) {
        throw conflict(tenant, describe(before));
      }
      return before.state === 'announced' ? { ...before, state: 'under-way' } : before;
    });
    if (started.state === 'erased') return started.signed;
    const startedAt = new Date().toISOString();
    const removed = await this.#removeAll(tenant);
    const keys = await this.#options.keys.erase(tenant);
    const late = await this.#removeAll(tenant);
    const { announcedAt, notBefore, actor } = started;
    const signed = this.#sign({
      ...{ v: PROTOCOL_VERSION, tenant, announcedAt, notBefore, actor, startedAt },
      ...{ erasedAt: new Date().toISOString(), ...keys, removed: sum(removed, late) },
    });
    await tenants.changeErasure(tenant, () => ({ state: 'erased', signed }));
    return signed;
  }

  /** Until two looks at everything, one behind the other, have found nothing. */
  async #removeAll(tenant: string): Promise<Removed> {
    let all = NOTHING;
    let emptyLooks = 0;
    for (let look = 0; look < MOST_LOOKS; look++) {
      const removed = await this.#removeOnce(tenant);
      all = sum(all, removed);
      emptyLooks = isNothing(removed) ? emptyLooks + 1 : 0;
      if (emptyLooks === 2) return all;
      await delay(BETWEEN_LOOKS_MS);
    }
    throw new SovfnError('internal-error', `something keeps writing data of the tenant "${tenant}"`);
  }

  async #removeOnce(tenant: string): Promise<Removed> {
    const { tokens, registry, secrets } = this.#options;
    const known = await tokens.list(tenant);
    for (const { id } of known) await tokens.revoke(tenant, id);
    const functions = [...registry.all()].filter((record) => record.tenant === tenant);
    for (const { name } of functions) await registry.remove(tenant, name);
    const removedSecrets = await secrets.eraseTenant(tenant);
    const messages = await this.#removeMessages(tenant);
    const objects = await this.#removeObjects(tenant);
    return { tokens: known.length, functions: functions.length, secrets: removedSecrets, messages, objects };
  }

  async #removeMessages(tenant: string): Promise<Counts> {
    const { connection, config } = this.#options;
    const manager = await jetstreamManager(connection, { checkAPI: false });
    const counts: Counts = {};
    for (const zone of config.zones) {
      const filters = [...tenantSubjects(zone, tenant), `$KV.${kvBucket(zone)}.${tenant}.>`];
      for (const stream of await streamsOf(manager, zone)) {
        const roots = new Set(stream.subjects.map(rootOf));
        for (const filter of filters.filter((subject) => roots.has(rootOf(subject)))) {
          const { purged } = await manager.streams.purge(stream.name, { filter });
          if (purged > 0) counts[stream.name] = (counts[stream.name] ?? 0) + purged;
        }
      }
    }
    return counts;
  }

  async #removeObjects(tenant: string): Promise<Counts> {
    const { store, config } = this.#options;
    const { bundles, outputs, events, logs, data } = config.store;
    const places = [
      [bundles, `${tenant}/`],
      [outputs, `${tenant}/`],
      ...config.zones.map((zone) => [events, `${zone}/${tenant}/`]),
      ...[logs, data].flatMap((bucket) => (bucket === undefined ? [] : [[bucket, `${tenant}/`]])),
    ] as [string, string][];
    const counts: Counts = {};
    for (const [bucket, prefix] of places) {
      counts[bucket] = (counts[bucket] ?? 0) + (await store.removePrefix(bucket, prefix));
    }
    return counts;
  }

  #sign(facts: Omit<ErasureCertificate, 'gateway' | 'labelsSha256'>): SignedErasure {
    const { identity, config } = this.#options;
    const { key, publicKey, signed: labels, labelsSha256 } = identity;
    const certificate: ErasureCertificate = { ...facts, gateway: config.id, labelsSha256 };
    return { certificate, signature: signDocument(SIGNED_KINDS.erasure, certificate, key, publicKey), labels };
  }
}

interface StreamOfZone {
  readonly name: string;
  readonly subjects: readonly string[];
}

async function streamsOf(manager: JetStreamManager, zone: string): Promise<StreamOfZone[]> {
  const found: StreamOfZone[] = [];
  for await (const { config } of manager.streams.list()) {
    const isOfZone = config.name === `KV_${kvBucket(zone)}` || config.name.endsWith(`_${zone}`);
    if (isOfZone) found.push({ name: config.name, subjects: config.subjects ?? [] });
  }
  return found;
}

/** Of the bucket too, where subjects are of one. */
function rootOf(subject: string): string {
  const [root, second] = subject.split('.');
  return root === '$KV' ? `$KV.${second}` : root!;
}

const NOTHING: Removed = { tokens: 0, functions: 0, secrets: 0, messages: {}, objects: {} };

function isNothing({ tokens, functions, secrets, messages, objects }: Removed): boolean {
  return [tokens, functions, secrets, ...Object.values(messages), ...Object.values(objects)].every((n) => n === 0);
}

function sum(a: Removed, b: Removed): Removed {
  return {
    tokens: a.tokens + b.tokens,
    functions: a.functions + b.functions,
    secrets: a.secrets + b.secrets,
    messages: sumCounts(a.messages, b.messages),
    objects: sumCounts(a.objects, b.objects),
  };
}

function sumCounts(a: Readonly<Counts>, b: Readonly<Counts>): Counts {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]));
}

function describe(erasure: Erasure | null): string {
  switch (erasure?.state) {
    case undefined:
      return 'no erasure is announced';
    case 'announced':
      return `its erasure is announced, and the notice ends at ${erasure.notBefore}`;
    case 'under-way':
      return 'its erasure is under way, and what is removed is gone';
    case 'erased':
      return `it was erased at ${erasure.signed.certificate.erasedAt}`;
  }
}

function conflict(tenant: string, state: string): SovfnError {
  return new SovfnError('erasure-conflict', `of the tenant "${tenant}", ${state}`, {
    hint: `See \`sovfn tenants erase --help\`: announce, call off with --cancel, carry out with --carry-out when the notice is over.`,
  });
}
