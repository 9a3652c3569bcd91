/**
 * The error catalogue: every code that a person or a script can meet, with its HTTP status and exit class.
 * Codes are stable: a code is never given another meaning, and `docs/errors.md` has a section for each.
 */
import { OUTCOMES, type Outcome } from './outcome.ts';

/** Codes that are not outcomes of an invocation. `user`: the caller can mend it (exit 1); `system`: the platform (exit 70). */
export const ERROR_CODES = {
  'bad-request': { status: 400, class: 'user' },
  'bad-url': { status: 400, class: 'user' },
  'bad-header': { status: 400, class: 'user' },
  'bad-message': { status: 400, class: 'user' },
  'unknown-zone': { status: 400, class: 'user' },
  'store-out-of-zone': { status: 400, class: 'user' },
  'login-refused': { status: 401, class: 'user' },
  unauthorized: { status: 401, class: 'user' },
  'token-expired': { status: 401, class: 'user' },
  'webhook-unverified': { status: 401, class: 'user' },
  forbidden: { status: 403, class: 'user' },
  'support-consent-required': { status: 403, class: 'user' },
  'signature-refused': { status: 403, class: 'user' },
  'secret-not-approved': { status: 403, class: 'user' },
  'secret-misplaced': { status: 400, class: 'user' },
  'not-found': { status: 404, class: 'user' },
  'version-not-found': { status: 404, class: 'user' },
  'webhook-not-found': { status: 404, class: 'user' },
  'schedule-not-found': { status: 404, class: 'user' },
  'secret-not-found': { status: 404, class: 'user' },
  'token-not-found': { status: 404, class: 'user' },
  'support-not-found': { status: 404, class: 'user' },
  'tenant-not-found': { status: 404, class: 'user' },
  'output-not-found': { status: 404, class: 'user' },
  'method-not-allowed': { status: 405, class: 'user' },
  'request-timeout': { status: 408, class: 'user' },
  'deploy-conflict': { status: 409, class: 'user' },
  'egress-unaccepted': { status: 409, class: 'user' },
  'body-too-large': { status: 413, class: 'user' },
  'bundle-too-large': { status: 413, class: 'user' },
  'length-required': { status: 411, class: 'user' },
  'url-too-long': { status: 414, class: 'user' },
  'event-not-found': { status: 404, class: 'user' },
  'event-not-ended': { status: 409, class: 'user' },
  'event-not-kept': { status: 410, class: 'user' },
  'letter-not-found': { status: 404, class: 'user' },
  'event-conflict': { status: 422, class: 'user' },
  'too-many-events': { status: 429, class: 'user' },
  'quota-exceeded': { status: 429, class: 'user' },
  'storage-full': { status: 507, class: 'user' },
  'headers-too-large': { status: 431, class: 'user' },
  'version-mismatch': { status: 422, class: 'user' },
  'route-conflict': { status: 409, class: 'user' },
  'secret-conflict': { status: 409, class: 'user' },
  'too-many-secrets': { status: 409, class: 'user' },
  'token-conflict': { status: 409, class: 'user' },
  'too-many-support-grants': { status: 409, class: 'user' },
  'too-many-tokens': { status: 409, class: 'user' },
  'signers-conflict': { status: 409, class: 'user' },
  'tenant-exists': { status: 409, class: 'user' },
  'erasure-conflict': { status: 409, class: 'user' },
  'erasure-invalid': { status: 400, class: 'user' },
  'config-not-found': { status: 400, class: 'user' },
  'config-invalid': { status: 400, class: 'user' },
  'build-failed': { status: 400, class: 'user' },
  'unsupported-import': { status: 400, class: 'user' },
  'secret-in-bundle': { status: 400, class: 'user' },
  'output-corrupted': { status: 500, class: 'user' },
  'event-corrupted': { status: 500, class: 'user' },
  'size-mismatch': { status: 400, class: 'user' },
  usage: { status: 400, class: 'user' },
  'labels-missing': { status: 500, class: 'user' },
  'labels-invalid': { status: 500, class: 'user' },
  'labels-expired': { status: 500, class: 'user' },
  'labels-forged': { status: 500, class: 'user' },
  'labels-foreign': { status: 500, class: 'user' },
  'labels-wrong-key': { status: 500, class: 'user' },
  'zone-unsatisfied': { status: 500, class: 'user' },
  'zone-exists': { status: 409, class: 'user' },
  'node-exists': { status: 409, class: 'user' },
  'node-not-found': { status: 404, class: 'user' },
  'enrolment-refused': { status: 403, class: 'user' },
  'receipt-not-found': { status: 404, class: 'user' },
  'receipt-invalid': { status: 400, class: 'user' },
  'audit-invalid': { status: 400, class: 'user' },
  'audit-archive-missing': { status: 404, class: 'user' },
  'export-invalid': { status: 400, class: 'user' },
  'disk-full': { status: 507, class: 'user' },
  'no-platform': { status: 400, class: 'user' },
  'platform-running': { status: 409, class: 'user' },
  'port-taken': { status: 409, class: 'user' },
  'secret-missing': { status: 503, class: 'user' },
  'secret-invalid': { status: 503, class: 'user' },
  'secret-unreadable': { status: 503, class: 'system' },
  'data-unreadable': { status: 500, class: 'system' },
  'part-failed': { status: 503, class: 'system' },
  'server-unavailable': { status: 503, class: 'system' },
  'issuer-unavailable': { status: 503, class: 'system' },
  'audit-unavailable': { status: 503, class: 'system' },
  'bus-unavailable': { status: 503, class: 'system' },
  'events-lost': { status: 503, class: 'system' },
  'bus-not-durable': { status: 503, class: 'system' },
  'stream-out-of-zone': { status: 503, class: 'system' },
  'store-unavailable': { status: 503, class: 'system' },
  'store-refused': { status: 500, class: 'system' },
  'object-too-large': { status: 500, class: 'system' },
  'platform-unreachable': { status: 503, class: 'system' },
  'stream-lost': { status: 502, class: 'system' },
  'broker-lost': { status: 502, class: 'system' },
  'events-full': { status: 507, class: 'system' },
} as const satisfies Record<string, ErrorRule>;

interface ErrorRule {
  readonly status: number;
  readonly class: 'user' | 'system';
}

export type ErrorCode = keyof typeof ERROR_CODES | Exclude<Outcome, 'ok'>;

export function isErrorCode(value: string): value is ErrorCode {
  return value !== 'ok' && (Object.hasOwn(ERROR_CODES, value) || Object.hasOwn(OUTCOMES, value));
}

export function errorStatus(code: ErrorCode): number {
  return isOutcomeCode(code) ? OUTCOMES[code].status : ERROR_CODES[code].status;
}

/** `user` errors are mended by whoever made the request; `system` errors by the operator. */
export function errorClass(code: ErrorCode): 'user' | 'system' {
  if (!isOutcomeCode(code)) return ERROR_CODES[code].class;
  return OUTCOMES[code].fault === 'platform' ? 'system' : 'user';
}

function isOutcomeCode(code: ErrorCode): code is Exclude<Outcome, 'ok'> {
  return Object.hasOwn(OUTCOMES, code);
}

/** Facts of an error for machines: the value that was refused, the limit, what was measured. No secrets. */
export type ErrorFacts = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

const BRAND = Symbol.for('sovfn.error');

/**
 * An error with a code. `message`: what failed, the value, the rule or limit. `hint`: what to do, one sentence.
 * Recognise it with `isSovfnError`, never by its text.
 */
export class SovfnError extends Error {
  override name = 'SovfnError';
  readonly [BRAND] = true;
  readonly code: ErrorCode;
  readonly hint: string | null;
  readonly facts: ErrorFacts;

  constructor(code: ErrorCode, message: string, options: { hint?: string; facts?: ErrorFacts; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? null;
    this.facts = options.facts ?? {};
  }
}

export function isSovfnError(error: unknown): error is SovfnError {
  return typeof error === 'object' && error !== null && BRAND in error;
}

/** A message from a peer breaks the protocol: the peer is of another version, or hostile. */
export class ProtocolError extends SovfnError {
  override name = 'ProtocolError';

  constructor(message: string) {
    super('bad-message', message);
  }
}
