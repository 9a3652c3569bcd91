/**
 * Ends tenants: removes what the platform keeps of one, destroys its keys, and signs that it did.
 *
 * Guarantees: nothing is removed before the notice is over; from the first removal on, nobody can use the tenant; a certificate is
 * signed only after a look at everything has found nothing more; what was interrupted at any point can be carried out again, and the
 * certificate is then what it would have been: what there is was counted and noted before the first of it was removed.
 * Not guaranteed: that copies elsewhere are gone (backups, disks that keep what was overwritten): of what is encrypted they hold
 * nothing that could be opened. Receipts and the audit log stay: they are proofs, with names, times and hashes.
 */
import type { ComponentIdentity } from '@sovfn/bus';
import {
  type Erasure,
  type ErasureCertificate,
  type ErasureProgress,
  type KeyEnd,
  PROTOCOL_VERSION,
  signDocument,
  SIGNED_KINDS,
  type SignedErasure,
  SovfnError,
} from '@sovfn/protocol';
import { setTimeout as delay } from 'node:timers/promises';
import type { GatewayConfig } from '../config.ts';
import type { DataKeys } from '../keys/data-keys.ts';
import { isNothing, most, NOTHING, sum, type TenantCounts, TenantData, type TenantDataOptions } from './tenant-data.ts';
import type { TenantRegistry } from './tenant-registry.ts';

export interface TenantErasureOptions extends TenantDataOptions {
  readonly config: Pick<GatewayConfig, 'id' | 'zones' | 'store'>;
  readonly identity: ComponentIdentity;
  readonly tenants: TenantRegistry;
  readonly keys: DataKeys;
}

/** Calls that were under way when the functions went may still leave something; each look waits for that. Milliseconds. */
const BETWEEN_LOOKS_MS = 1_000;
const MOST_LOOKS = 60;

export class TenantErasure {
  readonly #options: TenantErasureOptions;
  readonly #data: TenantData;

  constructor(options: TenantErasureOptions) {
    this.#options = options;
    this.#data = new TenantData(options);
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
      return before.state === 'announced' ? { ...before, state: 'under-way', progress: null } : before;
    });
    if (started.state === 'erased') return started.signed;
    const begun = started.progress ?? (await this.#note(tenant, await this.#lookAround(tenant)));
    const removed = await this.#removeAll(tenant);
    const isKeyEnding = true;
    const noted = await this.#note(tenant, { ...begun, isKeyEnding, removed: most(begun.removed, removed) });
    const { tenantKey } = await this.#options.keys.erase(tenant);
    const late = await this.#removeAll(tenant);
    const { announcedAt, notBefore, actor } = started;
    const { startedAt, dataKeys } = begun;
    const signed = this.#sign({
      ...{ v: PROTOCOL_VERSION, tenant, announcedAt, notBefore, actor, startedAt },
      ...{ erasedAt: new Date().toISOString(), dataKeys, tenantKey: endOfKey(tenantKey, begun) },
      removed: most(noted.removed, sum(removed, late)),
    });
    await tenants.changeErasure(tenant, () => ({ state: 'erased', signed }));
    return signed;
  }

  /** Before anything is removed; nobody can use the tenant by then. */
  async #lookAround(tenant: string): Promise<ErasureProgress> {
    const startedAt = new Date().toISOString();
    const dataKeys = this.#options.keys.countOf(tenant);
    return { startedAt, dataKeys, isKeyEnding: false, removed: await this.#data.count(tenant) };
  }

  async #note(tenant: string, progress: ErasureProgress): Promise<ErasureProgress> {
    await this.#options.tenants.changeErasure(tenant, (before) => {
      if (before?.state !== 'under-way') throw conflict(tenant, describe(before));
      return { ...before, progress };
    });
    return progress;
  }

  /** Until two looks at everything, one behind the other, have found nothing. */
  async #removeAll(tenant: string): Promise<TenantCounts> {
    let all = NOTHING;
    let emptyLooks = 0;
    for (let look = 0; look < MOST_LOOKS; look++) {
      const removed = await this.#data.removeOnce(tenant);
      all = sum(all, removed);
      emptyLooks = isNothing(removed) ? emptyLooks + 1 : 0;
      if (emptyLooks === 2) return all;
      await delay(BETWEEN_LOOKS_MS);
    }
    throw new SovfnError('internal-error', `something keeps writing data of the tenant "${tenant}"`);
  }

  #sign(facts: Omit<ErasureCertificate, 'gateway' | 'labelsSha256'>): SignedErasure {
    const { identity, config } = this.#options;
    const { key, publicKey, signed: labels, labelsSha256 } = identity;
    const certificate: ErasureCertificate = { ...facts, gateway: config.id, labelsSha256 };
    return { certificate, signature: signDocument(SIGNED_KINDS.erasure, certificate, key, publicKey), labels };
  }
}

/** Of data keys there was a key; one that is not there any more was destroyed by an attempt that had begun to. */
function endOfKey(end: KeyEnd, { isKeyEnding, dataKeys }: ErasureProgress): KeyEnd {
  return end === 'not-there' && isKeyEnding && dataKeys > 0 ? 'destroyed' : end;
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
