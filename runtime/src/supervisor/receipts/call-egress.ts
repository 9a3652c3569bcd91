/**
 * What calls ask of the outside, from their first request until their cell has stated that they are over.
 *
 * Guarantees: each request is counted for the call that its cell named. Memory is bounded for each tenant by itself: a tenant
 * whose cell names calls that do not exist loses its own.
 */
import {
  type CallEgress,
  type EgressEntry,
  type ListedRequest,
  listedRequest,
  MOST_LISTED_REQUESTS,
} from '@sovfn/protocol';

/** Whose call it is, as the supervisor knows it. */
export interface CallOwner {
  readonly tenant: string;
  readonly function: string;
  readonly version: string;
}

/** Calls of one tenant; the oldest go first. */
const MOST_CALLS = 10_000;
/** Listed requests of one tenant's calls, over all; further ones are counted only. */
const MOST_LISTED = 50_000;
/** A request that its call left is aborted, and so over in a moment. Milliseconds. */
const SETTLE_MS = 2_000;

interface Call {
  requests: number;
  underWay: number;
  readonly listed: ListedRequest[];
  /** The cell has stated that the call is over, and what is to be done when its requests are. */
  finish: (() => void) | null;
}

interface Tenant {
  readonly calls: Map<string, Call>;
  listed: number;
}

export class CallEgresses {
  readonly #tenants = new Map<string, Tenant>();
  /** Calls that are over, whose requests are not. */
  readonly #settling = new Set<() => void>();

  begin(owner: CallOwner, invocation: string): void {
    const tenant = this.#tenantOf(owner.tenant);
    const key = keyOf(owner, invocation);
    let call = tenant.calls.get(key);
    if (call === undefined) {
      call = { requests: 0, underWay: 0, listed: [], finish: null };
      tenant.calls.set(key, call);
      if (tenant.calls.size > MOST_CALLS) this.#drop(owner.tenant, tenant, tenant.calls.keys().next().value!);
    }
    call.requests++;
    call.underWay++;
  }

  end(owner: CallOwner, invocation: string, entry: EgressEntry): void {
    const tenant = this.#tenants.get(owner.tenant);
    const call = tenant?.calls.get(keyOf(owner, invocation));
    if (tenant === undefined || call === undefined) return;
    if (call.listed.length < MOST_LISTED_REQUESTS && tenant.listed < MOST_LISTED) {
      call.listed.push(listedRequest(entry));
      tenant.listed++;
    }
    if (--call.underWay === 0) call.finish?.();
  }

  /** The call is over: `tell` hears what it asked for, at once or when that is over too; null when it asked for nothing. */
  over(owner: CallOwner, invocation: string, tell: (egress: CallEgress | null) => void): void {
    const tenant = this.#tenants.get(owner.tenant);
    // NOTE: on the path of every call; most tenants ask for nothing.
    if (tenant === undefined) return tell(null);
    const key = keyOf(owner, invocation);
    const call = tenant.calls.get(key);
    if (call === undefined || call.finish !== null) return tell(null);
    const finish = (): void => {
      clearTimeout(timer);
      this.#settling.delete(finish);
      this.#drop(owner.tenant, tenant, key);
      tell({ requests: call.requests, listed: call.listed });
    };
    const timer = setTimeout(finish, SETTLE_MS);
    call.finish = finish;
    this.#settling.add(finish);
    if (call.underWay === 0) finish();
  }

  /** Whoever waits for requests hears what there is. */
  settle(): void {
    for (const finish of [...this.#settling]) finish();
  }

  #tenantOf(name: string): Tenant {
    const known = this.#tenants.get(name);
    if (known !== undefined) return known;
    const tenant = { calls: new Map<string, Call>(), listed: 0 };
    this.#tenants.set(name, tenant);
    return tenant;
  }

  #drop(name: string, tenant: Tenant, key: string): void {
    tenant.listed -= tenant.calls.get(key)?.listed.length ?? 0;
    tenant.calls.delete(key);
    if (tenant.calls.size === 0) this.#tenants.delete(name);
  }
}

function keyOf({ function: name, version }: CallOwner, invocation: string): string {
  return `${name}/${version}/${invocation}`;
}
