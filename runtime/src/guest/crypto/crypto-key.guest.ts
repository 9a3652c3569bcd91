/**
 * CryptoKey: a number that stands for a key of the host, and what may be known of it.
 *
 * The host's memory for a key is charged to the isolate by a buffer beside it, so that keys that the code has lost are
 * collected in time; the host hears of them in batches (finalization registries do not run in these isolates).
 */
import type { KeyDescription } from '../../bridge/subtle.ts';
import type { HmacHash } from '../../bridge/asks.ts';
import { host } from '../core/host.guest.ts';
import { DOMException } from '../events/dom-exception.guest.ts';
import { defineInterface, INTERNAL, requireInternal } from '../core/interface.guest.ts';

/** About what OpenSSL takes for a key. */
const KEY_MEMORY_BYTES = 4_096;
/** New keys until the host hears which of the old ones are lost. */
const SWEEP_EVERY = 256;

class Handle {
  readonly number: number;
  readonly memory = new ArrayBuffer(KEY_MEMORY_BYTES);

  constructor(number: number) {
    this.number = number;
  }
}

const handles = new Map<number, WeakRef<Handle>>();
let newKeys = 0;

function makeHandle(number: number): Handle {
  const handle = new Handle(number);
  handles.set(number, new WeakRef(handle));
  if (++newKeys >= SWEEP_EVERY) releaseLostKeys();
  return handle;
}

function releaseLostKeys(): void {
  newKeys = 0;
  const lost: number[] = [];
  for (const [number, handle] of handles) if (handle.deref() === undefined) lost.push(number);
  for (const number of lost) handles.delete(number);
  if (lost.length > 0) host.releaseKeys(lost.join(','));
}

/** A key whose value neither the isolate nor its cell has: the supervisor makes HMACs with it. */
export interface SecretHandle {
  readonly placeholder: string;
  readonly hash: HmacHash;
}

interface KeyState {
  readonly handle: Handle | SecretHandle;
  readonly type: string;
  readonly extractable: boolean;
  readonly algorithm: object;
  readonly usages: readonly string[];
}

export class CryptoKey {
  readonly #state: KeyState;

  constructor(key: unknown = undefined, state: unknown = undefined) {
    requireInternal(key, 'CryptoKey');
    this.#state = state as KeyState;
  }

  get type(): string {
    return this.#state.type;
  }

  get extractable(): boolean {
    return this.#state.extractable;
  }

  get algorithm(): object {
    return this.#state.algorithm;
  }

  get usages(): readonly string[] {
    return this.#state.usages;
  }

  static isKey(value: unknown): value is CryptoKey {
    return typeof value === 'object' && value !== null && #state in value;
  }

  static stateOf(key: CryptoKey): KeyState {
    return key.#state;
  }
}

const { isKey, stateOf } = CryptoKey;
Reflect.deleteProperty(CryptoKey, 'isKey');
Reflect.deleteProperty(CryptoKey, 'stateOf');
defineInterface(CryptoKey, 'CryptoKey');

export { isKey as isCryptoKey };

export function makeCryptoKey({ number, type, extractable, algorithm, usages }: KeyDescription): CryptoKey {
  const { publicExponent } = algorithm;
  const shown = { ...algorithm };
  if (publicExponent !== undefined) shown['publicExponent'] = new Uint8Array(publicExponent as number[]);
  return new CryptoKey(INTERNAL, { handle: makeHandle(number), type, extractable, algorithm: shown, usages });
}

/** A key for HMACs, which the supervisor makes. */
export function makeSecretKey(handle: SecretHandle, usages: readonly string[]): CryptoKey {
  const algorithm = { name: 'HMAC', hash: { name: handle.hash } };
  return new CryptoKey(INTERNAL, { handle, type: 'secret', extractable: false, algorithm, usages });
}

/** Null: `value` is no key of a secret. */
export function secretHandle(value: unknown): SecretHandle | null {
  if (!isKey(value)) return null;
  const { handle } = stateOf(value);
  return handle instanceof Handle ? null : handle;
}

/** Another CryptoKey for the same key of the host, as `structuredClone` makes it. */
export function cloneCryptoKey(key: CryptoKey): CryptoKey {
  const state = stateOf(key);
  return new CryptoKey(INTERNAL, { ...state, algorithm: { ...state.algorithm }, usages: [...state.usages] });
}

/** Throws TypeError when `value` is no CryptoKey, InvalidAccessError when its value is not in this process. */
export function keyNumber(value: unknown, what: string): number {
  if (!isKey(value)) throw new TypeError(`${what} is not a CryptoKey`);
  const { handle } = stateOf(value);
  if (handle instanceof Handle) return handle.number;
  throw new DOMException(
    `${what} is of a secret that the code does not read: it is for HMAC only`,
    'InvalidAccessError',
  );
}
