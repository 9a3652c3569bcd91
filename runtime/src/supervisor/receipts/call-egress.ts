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
/** A request that its call left is aborted, and so over in a moment; what the broker never heard of never begins. Milliseconds. */
const SETTLE_MS = 2_000;

interface Call {
  requests: number;
  underWay: number;
  /** Asks that have begun: requests without those that follow a redirect. */
  asks: number;
  /** Asks that the call has made, by its cell's word; 0 before the call is over. */
  asked: number;
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

  /** Any call of the tenant has asked for something, and is not over. NOTE: most tenants' have not. */
  hasCallsOf(tenant: string): boolean {
    return this.#tenants.has(tenant);
  }

  begin(owner: CallOwner, invocation: string, isRedirect = false): void {
    const call = this.#callOf(owner, invocation);
    call.requests++;
    call.underWay++;
    if (!isRedirect) call.asks++;
  }

  end(owner: CallOwner, invocation: string, entry: EgressEntry): void {
    const tenant = this.#tenants.get(owner.tenant);
    const call = tenant?.calls.get(keyOf(owner, invocation));
    if (tenant === undefined || call === undefined) return;
    if (call.listed.length < MOST_LISTED_REQUESTS && tenant.listed < MOST_LISTED) {
      call.listed.push(listedRequest(entry));
      tenant.listed++;
    }
    call.underWay--;
    finishWhenSettled(call);
  }

  /**
   * The call is over, and has asked for something `asked` times: `tell` hears what it asked for, when that has all begun and is
   * over too; null when it asked for nothing. The broker, which tells of requests, and the cell speak on different ways.
   */
  over(owner: CallOwner, invocation: string, asked: number, tell: (egress: CallEgress | null) => void): void {
    // NOTE: on the path of every call; most ask for nothing.
    const known = this.#tenants.get(owner.tenant)?.calls.get(keyOf(owner, invocation));
    if (known === undefined && asked === 0) return tell(null);
    const call = known ?? this.#callOf(owner, invocation);
    if (call.finish !== null) return tell(null);
    const finish = (): void => {
      clearTimeout(timer);
      this.#settling.delete(finish);
      this.#drop(owner.tenant, keyOf(owner, invocation));
      tell({ requests: call.requests, listed: call.listed });
    };
    const timer = setTimeout(finish, SETTLE_MS);
    call.finish = finish;
    call.asked = asked;
    this.#settling.add(finish);
    finishWhenSettled(call);
  }

  /** Whoever waits for requests hears what there is. */
  settle(): void {
    for (const finish of [...this.#settling]) finish();
  }

  #callOf({ tenant: name, ...owner }: CallOwner, invocation: string): Call {
    const tenant = this.#tenantOf(name);
    const key = keyOf(owner, invocation);
    const known = tenant.calls.get(key);
    if (known !== undefined) return known;
    const call = { requests: 0, underWay: 0, asks: 0, asked: 0, listed: [], finish: null };
    tenant.calls.set(key, call);
    if (tenant.calls.size > MOST_CALLS) this.#dropOldest(name, tenant);
    return call;
  }

  /** One that is over, and waits for its requests, waits no longer. */
  #dropOldest(name: string, { calls }: Tenant): void {
    for (const [key, { finish }] of calls) return finish === null ? this.#drop(name, key) : finish();
  }

  #tenantOf(name: string): Tenant {
    const known = this.#tenants.get(name);
    if (known !== undefined) return known;
    const tenant = { calls: new Map<string, Call>(), listed: 0 };
    this.#tenants.set(name, tenant);
    return tenant;
  }

  #drop(name: string, key: string): void {
    const tenant = this.#tenants.get(name);
    if (tenant === undefined) return;
    tenant.listed -= tenant.calls.get(key)?.listed.length ?? 0;
    tenant.calls.delete(key);
    if (tenant.calls.size === 0) this.#tenants.delete(name);
  }
}

function finishWhenSettled(call: Call): void {
  if (call.underWay === 0 && call.asks >= call.asked) call.finish?.();
}

function keyOf({ function: name, version }: Omit<CallOwner, 'tenant'>, invocation: string): string {
  return `${name}/${version}/${invocation}`;
}
