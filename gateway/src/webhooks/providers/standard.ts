/** Standard Webhooks 1.0.0: `id.timestamp.body` signed with HMAC-SHA256 (`v1`) or ed25519 (`v1a`), several at once. */
import { sign as signBytes, verify as verifyBytes } from 'node:crypto';
import { parseObject, textField } from '../json-fields.ts';
import {
  type Delivery,
  type DeliveryDraft,
  genuine,
  malformedHeader,
  missingHeader,
  type Scheme,
  type Unusable,
  type Verdict,
  type VerifyOptions,
  wrongSignature,
} from '../scheme.ts';
import { decode, hmac, isSigned, MOST_SIGNATURES, refuseTime, secondsOf } from '../signatures.ts';
import {
  readPrivateKey,
  readSharedKey,
  readStandardKeys,
  STANDARD_KEY_RULE,
  type StandardKeys,
} from './standard-keys.ts';

/** Where a sender puts the three facts: `webhook-id`, … or `svix-id`, …. */
export type HeaderPrefix = 'webhook' | 'svix';

const ID = /^[\x21-\x2d\x2f-\x7e]{1,256}$/;
const UNUSABLE: Unusable = { verdict: 'unusable', rule: STANDARD_KEY_RULE };

export const standard: Scheme = {
  credentialHeaders: [],
  verify: (delivery, options) => verifyStandard(delivery, options, 'webhook'),
  sign: (draft) => signStandard(draft, 'webhook'),
};

export function verifyStandard({ headers, body }: Delivery, options: VerifyOptions, prefix: HeaderPrefix): Verdict {
  const names = [`${prefix}-id`, `${prefix}-timestamp`, `${prefix}-signature`] as const;
  const [id, timestamp, signature] = names.map((name) => headers[name]);
  const missing = names.find((name) => headers[name] === undefined);
  if (missing !== undefined) return missingHeader(missing);
  if (!ID.test(id!)) return malformedHeader(names[0], 'of an id: visible ASCII without a dot');
  const keys = readStandardKeys(options.secrets);
  if (keys.shared.length + keys.publicKeys.length === 0) return UNUSABLE;
  const late = refuseTime(names[1], timestamp!, options);
  if (late !== null) return late;
  if (!isSignedByAny([`${id!}.${timestamp!}.`, body], keys, signature!)) return wrongSignature(names[2]);
  return genuine({ delivery: id!, type: textField(parseObject(body), 'type') });
}

export function signStandard(
  { body, secret, id, now }: DeliveryDraft,
  prefix: HeaderPrefix,
): Record<string, string> | Unusable {
  const timestamp = secondsOf(now);
  const parts = [`${id}.${timestamp}.`, body];
  const signature = signatureOf(secret, parts);
  if (signature === null) return UNUSABLE;
  return { [`${prefix}-id`]: id, [`${prefix}-timestamp`]: timestamp, [`${prefix}-signature`]: signature };
}

function signatureOf(secret: string, parts: readonly (string | Buffer)[]): string | null {
  const privateKey = readPrivateKey(secret);
  if (privateKey !== null) return `v1a,${signBytes(null, joined(parts), privateKey).toString('base64')}`;
  const [key] = readSharedKey(secret);
  return key === undefined ? null : `v1,${hmac(key, { algorithm: 'sha256', parts }).toString('base64')}`;
}

/** `signature` is a list with spaces between; what has another version is of a scheme to come. */
function isSignedByAny(parts: readonly (string | Buffer)[], keys: StandardKeys, signature: string): boolean {
  const all = signature.split(' ', MOST_SIGNATURES).map((one) => one.split(',', 2));
  const of = (version: string) => all.filter(([tag]) => tag === version).map(([, text = '']) => decode(text, 'base64'));
  const isShared = isSigned({ algorithm: 'sha256', parts }, keys.shared, of('v1'));
  return isShared || isSignedByKeys(parts, keys, of('v1a'));
}

function isSignedByKeys(
  parts: readonly (string | Buffer)[],
  { publicKeys }: StandardKeys,
  given: readonly (Buffer | null)[],
): boolean {
  const signatures = given.filter((signature) => signature !== null);
  if (publicKeys.length === 0 || signatures.length === 0) return false;
  const bytes = joined(parts);
  return publicKeys.some((key) => signatures.some((signature) => verifyBytes(null, bytes, key, signature)));
}

function joined(parts: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
}
