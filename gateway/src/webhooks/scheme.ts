/**
 * What verifies the deliveries of a webhook. A scheme is pure: the bytes, the headers, the secrets and the time go in, a
 * verdict comes out. Hostile: body and headers, whole.
 */
export interface Delivery {
  /** By lower-case name. */
  readonly headers: DeliveryHeaders;
  /** As they came: nothing was parsed, decoded or written again. */
  readonly body: Buffer;
}

export type DeliveryHeaders = Readonly<Record<string, string | undefined>>;

export interface VerifyOptions {
  /** Each may be the one that the delivery was signed with; at least one, unless nothing is verified. */
  readonly secrets: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
  /** How old, or how far in the future, a signed time may be. */
  readonly toleranceMs: number;
}

export interface Genuine {
  readonly verdict: 'genuine';
  /** The provider's id, the same for every repetition; null: it has none. */
  readonly delivery: string | null;
  /** Tells deliveries without an id apart; null: two genuine ones may have the same. */
  readonly fingerprint: string | null;
  readonly type: string | null;
  /** The provider asks for this answer, and not for an event; null: it is an event. */
  readonly reply: string | null;
}

export interface Refused {
  readonly verdict: 'refused';
  /** What failed first. */
  readonly check: 'header' | 'timestamp' | 'signature' | 'credentials';
  /** For the sender: holds nothing that was expected. */
  readonly reason: string;
}

/** No secret has the form that the scheme needs. */
export interface Unusable {
  readonly verdict: 'unusable';
  /** The form, as a sentence about "it". */
  readonly rule: string;
}

export type Verdict = Genuine | Refused | Unusable;

/** A delivery that is to be signed. */
export interface DeliveryDraft {
  readonly body: Buffer;
  readonly secret: string;
  readonly id: string;
  readonly type: string | null;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface Scheme {
  readonly verify: (delivery: Delivery, options: VerifyOptions) => Verdict;
  /** The headers that make a delivery genuine. */
  readonly sign: (draft: DeliveryDraft) => Readonly<Record<string, string>> | Unusable;
  /** Headers that hold a secret itself: they are neither stored nor passed on. */
  readonly credentialHeaders: readonly string[];
}

export function genuine(facts: Partial<Omit<Genuine, 'verdict'>>): Genuine {
  return { verdict: 'genuine', delivery: null, fingerprint: null, type: null, reply: null, ...facts };
}

export function refused(check: Refused['check'], reason: string): Refused {
  return { verdict: 'refused', check, reason };
}

export function missingHeader(name: string): Refused {
  return refused('header', `it has no header "${name}"`);
}

export function malformedHeader(name: string, form: string): Refused {
  return refused('header', `its header "${name}" is not of the form ${form}`);
}

export function wrongSignature(name: string): Refused {
  return refused('signature', `the signature in "${name}" is not one of this webhook's secret over these bytes`);
}
