/**
 * Addresses under which a caller without a token sees an event: whoever has one may read the status and the result of
 * that event, and cancel it. Guarantees: an address cannot be guessed or changed into that of another event, because it
 * ends in a code that only gateways of the platform can make. Not guaranteed: that an address that was passed on is
 * taken back; it dies with the record. Hostile: every address that comes in.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { type FunctionAddress, isInvocationId, isName } from '@sovfn/protocol';

export interface EventAddress extends FunctionAddress {
  readonly event: string;
}

/** What begins like this belongs to the platform, on every host. */
export const PLATFORM_PREFIX = '/.sovfn/';
const EVENTS_PREFIX = `${PLATFORM_PREFIX}events/`;
const PURPOSE = 'sovfn event address';
const KEY_BYTES = 32;
/** 128 bits. */
const CODE_BYTES = 16;

export class EventAddresses {
  readonly #key: Buffer;

  /** `secret`: one that all gateways of the platform have, and nobody else. */
  constructor(secret: string) {
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', PURPOSE, KEY_BYTES));
  }

  /** Path of the event's status. */
  path(of: EventAddress): string {
    const name = `${of.zone}.${of.tenant}.${of.function}.${of.event}`;
    return `${EVENTS_PREFIX}${name}.${this.#code(name).toString('hex')}`;
  }

  /** The event that a path leads to, and what follows; null for a path that no gateway made. */
  read(path: string): { readonly of: EventAddress; readonly rest: string } | null {
    const match = /^([a-z0-9-]+)\.([a-z0-9-]+)\.([a-z0-9-]+)\.([0-9a-z]+)\.([0-9a-f]{32})(|\/.*)$/.exec(
      path.startsWith(EVENTS_PREFIX) ? path.slice(EVENTS_PREFIX.length) : '',
    );
    if (match === null) return null;
    const [, zone, tenant, name, event, code, rest] = match as unknown as [string, ...string[]] & { 6: string };
    if (![zone, tenant, name].every((part) => isName(part!)) || !isInvocationId(event!)) return null;
    const of = { zone: zone!, tenant: tenant!, function: name!, event: event! };
    const expected = this.#code(`${zone!}.${tenant!}.${name!}.${event!}`);
    return timingSafeEqual(expected, Buffer.from(code!, 'hex')) ? { of, rest } : null;
  }

  #code(name: string): Buffer {
    return createHmac('sha256', this.#key).update(name).digest().subarray(0, CODE_BYTES);
  }
}
