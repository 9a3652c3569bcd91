/**
 * Whether a tenant has agreed that operators read what is its own, and until when.
 *
 * Guarantees: nothing is read for support without a grant that holds at that moment, read past any memory; a use that cannot be
 * written into the audit log is refused; a grant that was taken back, or has ended, is of no use from then on.
 * Not guaranteed: that whoever has the platform's machines reads nothing of what is not encrypted there; the entry about the end
 * of a grant when the gateway that was about to write it is killed in that moment: the entry about its beginning has its end.
 */
import { MOST_SUPPORT_GRANTS, stateOfSupport, type SupportGrant, SovfnError } from '@sovfn/protocol';
import type { AuditTrail } from '../audit/audit-trail.ts';
import { newTokenId } from './token-registry.ts';
import type { TenantRegistry } from './tenant-registry.ts';

export interface SupportConsentOptions {
  readonly tenants: TenantRegistry;
  readonly audit: Pick<AuditTrail, 'record' | 'count'>;
}

/** Of a support access. */
export interface SupportUse {
  readonly tenant: string;
  readonly actor: string;
  /** Null: it is not about one function. */
  readonly function: string | null;
  readonly details: Readonly<Record<string, string>>;
}

/** Milliseconds. */
const LOOK_MS = 2_000;

export class SupportConsent implements Disposable {
  readonly #options: SupportConsentOptions;
  readonly #timer: NodeJS.Timeout;

  constructor(options: SupportConsentOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#noteExpired(), LOOK_MS).unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async grant(tenant: string, of: { ttlMs: number; reason: string | null; actor: string }): Promise<SupportGrant> {
    const now = Date.now();
    const grant: SupportGrant = {
      id: newTokenId(),
      grantedAt: new Date(now).toISOString(),
      grantedBy: of.actor,
      expiresAt: new Date(now + of.ttlMs).toISOString(),
      reason: of.reason,
      revokedAt: null,
      isExpiryNoted: false,
    };
    await this.#change(tenant, (grants) => makeRoom(tenant, [grant, ...grants], now));
    const details = { grant: grant.id, until: grant.expiresAt };
    this.#options.audit.count({ action: 'supportGranted', tenant, actor: of.actor, details });
    return grant;
  }

  /** The newest first. Throws `tenant-not-found`. */
  async list(tenant: string): Promise<readonly SupportGrant[]> {
    return this.#options.tenants.supportGrants(tenant);
  }

  /** Throws `support-not-found`; one that has ended stays as it is. */
  async revoke(tenant: string, id: string): Promise<SupportGrant> {
    const now = Date.now();
    const grants = await this.#change(tenant, (before) => {
      const asked = before.find((grant) => grant.id === id);
      if (asked === undefined) throw grantNotFound(id);
      if (stateOfSupport(asked, now) !== 'active') return before;
      return before.map((grant) => (grant === asked ? { ...grant, revokedAt: new Date(now).toISOString() } : grant));
    });
    return grants.find((grant) => grant.id === id)!;
  }

  /** Resolves when the access may be made: it is in the tenant's audit log. Throws `support-consent-required`, `audit-unavailable`. */
  async use({ details, ...use }: SupportUse): Promise<void> {
    const { audit } = this.#options;
    const grant = await this.#active(use.tenant);
    if (grant === null) {
      audit.count({ ...use, action: 'supportRefused', details });
      throw consentRequired(use.tenant);
    }
    await audit.record({ ...use, action: 'supportUsed', details: { ...details, grant: grant.id } });
  }

  async holds(tenant: string): Promise<boolean> {
    return (await this.#active(tenant)) !== null;
  }

  async #active(tenant: string): Promise<SupportGrant | null> {
    const now = Date.now();
    const grants = await this.list(tenant);
    return grants.find((grant) => stateOfSupport(grant, now) === 'active') ?? null;
  }

  async #change(
    tenant: string,
    change: (grants: readonly SupportGrant[]) => readonly SupportGrant[],
  ): Promise<readonly SupportGrant[]> {
    const record = await this.#options.tenants.change(tenant, (before) => {
      return { ...before, support: [...change(before.support ?? [])] };
    });
    return record.support!;
  }

  /** Of all gateways, the one that marks a grant writes of its end. */
  async #noteExpired(): Promise<void> {
    const { tenants, audit } = this.#options;
    for (const { name, record } of tenants.list()) {
      const due = (record?.support ?? []).filter((grant) => isUnnoted(grant, Date.now()));
      for (const { id, expiresAt: at } of due) {
        const isMine = await this.#markExpired(name, id).catch(() => false);
        if (isMine) audit.count({ action: 'supportExpired', tenant: name, details: { grant: id, at } });
      }
    }
  }

  async #markExpired(tenant: string, id: string): Promise<boolean> {
    let isMine = false;
    await this.#change(tenant, (grants) => {
      isMine = grants.some((grant) => grant.id === id && !grant.isExpiryNoted);
      return grants.map((grant) => (grant.id === id ? { ...grant, isExpiryNoted: true } : grant));
    });
    return isMine;
  }
}

function isUnnoted(grant: SupportGrant, now: number): boolean {
  return !grant.isExpiryNoted && stateOfSupport(grant, now) === 'expired';
}

/** Lets go of those that ended first. Throws `too-many-support-grants` when too many hold. */
function makeRoom(tenant: string, grants: readonly SupportGrant[], now: number): readonly SupportGrant[] {
  const ended = grants.filter((grant) => stateOfSupport(grant, now) !== 'active' && !isUnnoted(grant, now));
  const surplus = grants.length - MOST_SUPPORT_GRANTS;
  if (surplus > ended.length) {
    throw new SovfnError('too-many-support-grants', `the tenant "${tenant}" has ${grants.length - 1} support grants`, {
      hint: 'Take back those that are not needed: `sovfn support list` shows them.',
    });
  }
  const letGo = new Set(surplus > 0 ? ended.slice(-surplus) : []);
  return grants.filter((grant) => !letGo.has(grant));
}

function grantNotFound(id: string): SovfnError {
  return new SovfnError('support-not-found', `there is no support grant "${id}"`, {
    hint: '`sovfn support list` shows those of the tenant.',
  });
}

export function consentRequired(tenant: string): SovfnError {
  return new SovfnError('support-consent-required', `the tenant "${tenant}" has not agreed to support access`, {
    hint: 'An owner of the tenant agrees, for a time, with: `sovfn support grant --ttl 2h`.',
    facts: { tenant },
  });
}
