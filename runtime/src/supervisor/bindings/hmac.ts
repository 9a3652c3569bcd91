/**
 * HMACs with secrets that the code does not read: it names the secret by its placeholder, and gets what was made of the data.
 *
 * Guarantees: only of a secret that the version lists with `sign`; the value stays in this process. Hostile: head and body.
 * Not guaranteed: that the code cannot have anything signed that it likes.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ErrorCode } from '@sovfn/protocol';
import { z } from 'zod';
import {
  HMAC_DATA_BYTES,
  HMAC_HASHES,
  type HmacHead,
  type HmacVerdict,
  PLACEHOLDER_LENGTH,
} from '../../bridge/asks.ts';
import { AskError, type BrokerAnswer } from '../../asks/ask.ts';
import { collectBody, parseHead } from './granted.ts';
import type { GrantedAsk } from './grants.ts';

/** Of the longest hash. */
const MOST_SIGNATURE_CHARACTERS = 128;

const key = { placeholder: z.string().length(PLACEHOLDER_LENGTH), hash: z.enum(HMAC_HASHES) };
const headSchema: z.ZodType<HmacHead> = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('sign'), ...key }),
  z.strictObject({ op: z.literal('verify'), ...key, signature: z.hex().max(MOST_SIGNATURE_CHARACTERS) }),
]);

export async function makeHmac(ask: GrantedAsk): Promise<BrokerAnswer> {
  const head = parseHead(headSchema, ask);
  const value = signingValue(ask, head);
  const data = await collectBody(ask, HMAC_DATA_BYTES, `What is to be ${head.op === 'sign' ? 'signed' : 'verified'}`);
  const made = createHmac(head.hash.replace('-', ''), value).update(data).digest();
  if (head.op === 'sign') return { head: {}, body: made };
  const given = Buffer.from(head.signature, 'hex');
  const isValid = given.length === made.length && timingSafeEqual(given, made);
  return { head: { isValid } satisfies HmacVerdict, body: null };
}

function signingValue({ from: { function: owner }, grants }: GrantedAsk, { op, placeholder }: HmacHead): string {
  const secret = grants.secrets.find(placeholder);
  if (secret === null) {
    const what = `the placeholder is of no secret that "${owner}" has now. Take the key from env in each call.`;
    throw refused(op, 'secret-misplaced', what);
  }
  if (secret.value === null) throw refused(op, 'secret-missing', `the secret "${secret.name}" is no longer set.`);
  if (secret.isForSigning) return secret.value;
  const { name } = secret;
  throw refused(
    op,
    'secret-not-approved',
    `the secret "${name}" is not for signing. Write { "name": "${name}", "sign": true } in sovfn.jsonc.`,
  );
}

function refused(op: string, code: ErrorCode, message: string): AskError {
  return new AskError('Error', `${op} failed (${code}): ${message}`);
}
