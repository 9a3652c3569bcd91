/**
 * GitLab: a signing token (`whsec_…`, from 19.0) signs as Standard Webhooks do; any other secret is the token that older
 * versions send as it is. A signing token is never taken in the clear, so nobody can choose the weaker form.
 */
import {
  type DeliveryHeaders,
  genuine,
  type Genuine,
  missingHeader,
  refused,
  type Scheme,
  type Verdict,
  type VerifyOptions,
} from '../scheme.ts';
import { isOneOf } from '../signatures.ts';
import { signStandard, verifyStandard } from './standard.ts';

const TOKEN = 'x-gitlab-token';
const SIGNATURE = 'webhook-signature';
const SIGNING_TOKEN = 'whsec_';
const ID_HEADERS = ['idempotency-key', 'x-gitlab-event-uuid'] as const;

export const gitlab: Scheme = {
  credentialHeaders: [TOKEN],
  verify(delivery, options) {
    const signing = options.secrets.filter(isSigningToken);
    const isSigned = delivery.headers[SIGNATURE] !== undefined;
    const hasTokens = signing.length < options.secrets.length;
    if (signing.length === 0 || (hasTokens && !isSigned)) return verifyToken(delivery.headers, options);
    const verdict = verifyStandard(delivery, { ...options, secrets: signing }, 'webhook');
    return verdict.verdict === 'genuine' ? { ...verdict, type: typeOf(delivery.headers) } : verdict;
  },
  sign(draft) {
    const facts = { 'x-gitlab-event': draft.type ?? 'Push Hook', 'idempotency-key': draft.id };
    if (!isSigningToken(draft.secret)) return { ...facts, [TOKEN]: draft.secret };
    const signed = signStandard(draft, 'webhook');
    return 'verdict' in signed ? signed : { ...facts, ...signed };
  },
};

function verifyToken(headers: DeliveryHeaders, { secrets }: VerifyOptions): Verdict {
  const token = headers[TOKEN];
  if (token === undefined) return missingHeader(TOKEN);
  const tokens = secrets.filter((secret) => !isSigningToken(secret));
  if (!isOneOf(tokens, token)) return refused('credentials', `the token in "${TOKEN}" is not this webhook's`);
  return genuine({ delivery: idOf(headers), type: typeOf(headers) });
}

function idOf(headers: DeliveryHeaders): string | null {
  return ID_HEADERS.map((name) => headers[name]).find((id) => id !== undefined) ?? null;
}

function typeOf(headers: DeliveryHeaders): Genuine['type'] {
  return headers['x-gitlab-event'] ?? null;
}

function isSigningToken(secret: string): boolean {
  return secret.startsWith(SIGNING_TOKEN);
}
