/**
 * Who may log in with a token of another issuer, and as what.
 *
 * Guarantees: nothing of a token is believed before its signature was verified with a key of the issuer that it names, by an
 * asymmetric algorithm, for the audience that the operator named, and within its time; without a rule that it fits, it is good
 * for nothing.
 * Not guaranteed: that a token is used once: whoever has it may use it until it expires, as with any bearer token.
 * Hostile: every token.
 */
import { isOwner, type IssuerTrust, type LoginRule, type LoginTrust, SovfnError } from '@sovfn/protocol';
import { decodeJwt, errors, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { issuerKeys } from './issuer-keys.ts';

interface TrustedIssuer {
  readonly trust: IssuerTrust;
  readonly keys: JWTVerifyGetKey;
}

/** Somebody whom an issuer vouches for. */
export interface LoggedIn {
  readonly issuer: string;
  readonly subject: string;
  readonly rule: LoginRule;
}

/** No symmetric ones: their key would be what everybody knows. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const CLOCK_SECONDS = 30;
/** A job may begin long before it deploys. */
const OLDEST = '24h';

export class Logins {
  readonly #issuers: ReadonlyMap<string, TrustedIssuer>;
  readonly #rules: readonly LoginRule[];

  /** `trust` null: nobody can log in. */
  constructor(trust: LoginTrust | null) {
    const issuers = trust?.issuers ?? [];
    this.#issuers = new Map(issuers.map((one) => [one.issuer, { trust: one, keys: issuerKeys(one) }]));
    this.#rules = trust?.rules ?? [];
  }

  /** Where people may log in. */
  get options(): { readonly issuer: string; readonly clientId: string }[] {
    return [...this.#issuers.values()].flatMap(({ trust: { issuer, clientId } }) => {
      return clientId === undefined ? [] : [{ issuer, clientId }];
    });
  }

  /** By a rule, somebody may log in who may make tokens of the tenant. */
  hasOwnerOf(tenant: string): boolean {
    return this.#rules.some((rule) => rule.tenant === tenant && isOwner(rule));
  }

  /** Throws `login-refused`, saying what does not fit, or `issuer-unavailable`. */
  async verify(idToken: string, rule: string | null): Promise<LoggedIn> {
    const { trust, keys } = this.#issuerOf(idToken);
    const payload = await verified(idToken, keys, trust);
    const fitting = this.#rules.filter((one) => one.issuer === trust.issuer && (rule === null || one.name === rule));
    const found = fitting.find(({ claims }) => fits(claims, payload));
    if (found !== undefined) return { issuer: trust.issuer, subject: payload.sub!, rule: found };
    throw refused(rule === null ? 'no rule fits its claims' : `the rule "${rule}" does not fit its claims`);
  }

  /** What the token says of its issuer is believed for finding the keys only. */
  #issuerOf(idToken: string): TrustedIssuer {
    let named: string | undefined;
    try {
      named = decodeJwt(idToken).iss;
    } catch (cause) {
      throw refused('it is no JSON Web Token', cause);
    }
    const issuer = this.#issuers.get(named ?? '');
    if (issuer === undefined) throw refused('its issuer is not trusted here');
    return issuer;
  }
}

async function verified(idToken: string, keys: JWTVerifyGetKey, trust: IssuerTrust): Promise<JWTPayload> {
  const { issuer, audience } = trust;
  try {
    const { payload } = await jwtVerify(idToken, keys, {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_SECONDS,
      maxTokenAge: OLDEST,
      requiredClaims: ['exp', 'iat', 'sub'],
    });
    // Of a token for several, the one that asked for it must be the one that is trusted (OpenID Connect Core, 3.1.3.7).
    const isForOthers = Array.isArray(payload.aud) && payload.aud.length > 1 && payload['azp'] !== audience;
    if (isForOthers) throw refused('it was made for another audience, too');
    return payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) throw refused(reasonOf(error), error);
    throw error;
  }
}

/** Never the text of the error: it may hold what the token says. */
function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'it has expired';
  if (error instanceof errors.JWTClaimValidationFailed) return `its claim "${error.claim}" does not fit`;
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature does not verify';
  if (error instanceof errors.JWKSNoMatchingKey) return 'its issuer has no such key';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'its algorithm is not allowed';
  return `it cannot be verified (${error.code})`;
}

function fits(claims: LoginRule['claims'], payload: JWTPayload): boolean {
  return Object.entries(claims).every(([name, wanted]) => {
    const found: unknown = Object.hasOwn(payload, name) ? payload[name] : undefined;
    const values = (Array.isArray(found) ? found : [found]).filter(isPlain).map(String);
    return [wanted].flat().some((value) => values.includes(value));
  });
}

const isPlain = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);

function refused(reason: string, cause: unknown = null): SovfnError {
  return new SovfnError('login-refused', `the login is refused: ${reason}`, {
    hint: "The platform's operator says which issuers and claims are trusted.",
    cause,
  });
}
