/**
 * Who may use the control API. Tokens are known by their SHA-256 only, and compared in constant time. The answer to a
 * wrong token is held back a little longer each time, per address, so that guessing is slow; a right token is never held
 * back, because wrong ones of others may come from the same address.
 */
import {
  idOfToken,
  OPERATOR_SCOPES,
  type Scope,
  SCOPES,
  scopesOf,
  SovfnError,
  type TokenRecord,
} from '@sovfn/protocol';
import { timingSafeEqual } from 'node:crypto';
import type { LoginBackOff } from '../../access/login-back-off.ts';
import { hashToken } from '../../access/token-registry.ts';
import type { Listener } from './route-scopes.ts';

/** What a token allows. */
export interface TokenGrant {
  readonly tenant: string;
  /** The only function that it reaches; null: every one of the tenant. */
  readonly function: string | null;
  readonly scopes: ReadonlySet<Scope>;
  /** Id of the token; `owner` or `operator`: one of the configuration. */
  readonly actor: string;
  /** Asked again, for answers that last. Throws `bus-unavailable`. */
  readonly isStillValid: () => Promise<boolean>;
}

export interface TokensOptions {
  readonly listener: Listener;
  /** Of the tokens of the configuration. */
  readonly tenant: string;
  /** SHA-256 of each token of the configuration for this listener, lower-case hex. These may do everything there. */
  readonly sha256: readonly string[];
  /** Null: there is no such token, or not any more. Throws `bus-unavailable`. */
  readonly find: (id: string) => Promise<TokenRecord | null>;
  /** A request was not let in. */
  readonly onFailure: (failure: LoginFailure, address: string) => void;
  readonly backOff: LoginBackOff;
}

type FoundGrant = Omit<TokenGrant, 'isStillValid'>;

/** Why a request was not let in. */
export type LoginFailure = 'missing' | 'unknown' | 'expired';

const BEARER = /^Bearer ([\x21-\x7e]{1,512})$/i;
const EVERYTHING: ReadonlySet<Scope> = new Set(SCOPES);

export class Tokens {
  readonly #options: TokensOptions;
  readonly #digests: readonly Buffer[];

  constructor(options: TokensOptions) {
    this.#options = options;
    this.#digests = options.sha256.map((hex) => Buffer.from(hex, 'hex'));
  }

  /**
   * `authorization`: the request's header, or empty. Throws `unauthorized` or `token-expired`, sooner or later, and
   * `bus-unavailable` when it cannot be known.
   */
  async authenticate(authorization: string, address: string): Promise<TokenGrant> {
    const token = BEARER.exec(authorization)?.[1] ?? '';
    const found = await this.#find(token);
    if (typeof found !== 'string') {
      this.#options.backOff.forget(address);
      return found;
    }
    this.#options.onFailure(found, address);
    await this.#options.backOff.holdBack(address);
    throw refusal(found);
  }

  async #find(token: string): Promise<TokenGrant | LoginFailure> {
    if (token === '') return 'missing';
    const found = await this.#grantOf(token, hashToken(token));
    if (typeof found === 'string') return found;
    return { ...found, isStillValid: async () => typeof (await this.#find(token)) !== 'string' };
  }

  async #grantOf(token: string, digest: Buffer): Promise<FoundGrant | LoginFailure> {
    if (this.#isConfigured(digest)) {
      const { tenant } = this.#options;
      return this.#atListener({ tenant, function: null, scopes: EVERYTHING, actor: this.#configuredActor });
    }
    const id = idOfToken(token);
    const record = id === null ? null : await this.#options.find(id);
    const grant = record === null ? 'unknown' : grantOf(record, digest, Date.now());
    return typeof grant === 'string' ? grant : this.#atListener(grant);
  }

  get #configuredActor(): string {
    return this.#options.listener === 'tenant' ? 'owner' : 'operator';
  }

  /** Nobody has the operator's power where tenants are served; tenants' tokens are not known where the operator is. */
  #atListener(grant: FoundGrant): FoundGrant | LoginFailure {
    const ofTenant = [...grant.scopes].filter((scope) => !OPERATOR_SCOPES.has(scope));
    if (this.#options.listener === 'tenant') return { ...grant, scopes: new Set(ofTenant) };
    return ofTenant.length === grant.scopes.size ? 'unknown' : grant;
  }

  /** Looks at every digest, so that the time says nothing about which one is near. */
  #isConfigured(digest: Buffer): boolean {
    return this.#digests.map((known) => timingSafeEqual(known, digest)).includes(true);
  }
}

/** Only who has the whole token learns that it has expired. */
function grantOf(record: TokenRecord, digest: Buffer, now: number): FoundGrant | LoginFailure {
  const secret = record.secrets.find(({ sha256 }) => timingSafeEqual(Buffer.from(sha256, 'hex'), digest));
  if (secret === undefined) return 'unknown';
  const isPast = (time: string | null): boolean => time !== null && Date.parse(time) <= now;
  if (isPast(record.expiresAt) || isPast(secret.acceptedUntil)) return 'expired';
  const { tenant, function: name, role, scopes, id } = record;
  return { tenant, function: name, scopes: scopesOf(role, scopes), actor: id };
}

function refusal(failure: LoginFailure): SovfnError {
  if (failure === 'expired') {
    return new SovfnError('token-expired', 'the token has expired, or was replaced by another one', {
      hint: 'Ask whoever made it for a new one: `sovfn tokens rotate`.',
    });
  }
  const what = failure === 'missing' ? 'the request has no bearer token' : 'the token is not known here';
  return new SovfnError('unauthorized', what, {
    hint: 'Send "authorization: Bearer <token>"; the command line takes the token from SOVFN_TOKEN or from `sovfn up`.',
  });
}
