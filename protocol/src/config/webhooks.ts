/** Webhooks as `sovfn.jsonc` writes them: who posts, what proves it, and how it is answered. */
import { z } from 'zod';
import { nameSchema, variableNameSchema } from '../names.ts';
import { durationMs, durationSchema } from './duration.ts';

/** What a delivery is verified by. `hmac`, `basic` and `bearer` are for senders that have no preset of their own. */
export const WEBHOOK_PROVIDERS = [
  'standard',
  'svix',
  'github',
  'gitlab',
  'stripe',
  'slack',
  'shopify',
  'hmac',
  'basic',
  'bearer',
] as const;
export type WebhookProvider = (typeof WEBHOOK_PROVIDERS)[number];

/** Secrets of one webhook: each may be the one a delivery is signed with. */
const MOST_SECRETS = 4;
const LONGEST_TOLERANCE = '1d';
const PLACEHOLDER = /\{(\w+)\}/g;
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205]);

const headerNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be the name of a header')
  .toLowerCase();

const toleranceSchema = durationSchema.refine((text) => {
  const milliseconds = durationMs(text);
  return milliseconds > 0 && milliseconds <= durationMs(LONGEST_TOLERANCE);
}, `must be more than nothing and at most ${LONGEST_TOLERANCE}`);

const signatureSchema = z
  .strictObject({
    header: headerNameSchema.describe('Header that holds the signature'),
    algorithm: z.enum(['sha256', 'sha384', 'sha512', 'sha1']).default('sha256').describe('Hash of the HMAC'),
    encoding: z.enum(['hex', 'base64', 'base64url']).default('hex').describe('How the signature is written'),
    prefix: z.string().max(64).default('').describe('What stands before the signature, such as sha256='),
    timestampHeader: headerNameSchema.optional().describe('Header with the time of signing, in seconds'),
    signed: z
      .string()
      .max(256)
      .optional()
      .describe('What is signed; default {body}, or {timestamp}.{body} with a timestampHeader'),
  })
  .superRefine(({ signed, timestampHeader }, context) => {
    const problem = signed === undefined ? null : problemOfTemplate(signed, timestampHeader !== undefined);
    if (problem !== null) context.addIssue({ code: 'custom', path: ['signed'], message: problem });
  });
export type WebhookSignatureConfig = z.output<typeof signatureSchema>;

const acknowledgementSchema = z
  .strictObject({
    status: z.int().min(200).max(299).default(200).describe('Status of the answer'),
    contentType: z
      .string()
      .regex(/^[\x20-\x7e]{1,128}$/, 'must be a media type')
      .default('text/plain; charset=utf-8')
      .describe('Media type of the answer'),
    body: z.string().max(4_096).default('').describe('Body of the answer'),
  })
  .refine(({ status, body }) => body === '' || !WITHOUT_BODY.has(status), {
    path: ['body'],
    message: 'must be empty: an answer with this status has none',
  });

/** One address that a business application posts to: `/hooks/<function>/<name>`. */
export const webhookSchema = z
  .strictObject({
    name: nameSchema.describe('Last part of its address, /hooks/<function>/<name>'),
    provider: z.enum(WEBHOOK_PROVIDERS).optional().describe('Who posts, and so what a delivery is verified by'),
    secret: z
      .union([variableNameSchema, z.array(variableNameSchema).min(1).max(MOST_SECRETS)])
      .optional()
      .describe('Name of the secret that deliveries are verified with, or several names'),
    verify: z.literal('none').optional().describe('Accept unsigned deliveries: must be said explicitly'),
    tolerance: toleranceSchema.default('5m').describe('How old, or how far in the future, a signed time may be'),
    signature: signatureSchema.optional().describe('For the provider hmac: where the signature is and what it covers'),
    idHeader: headerNameSchema.optional().describe('Header with the id of a delivery, when the provider has no own'),
    typeHeader: headerNameSchema.optional().describe('Header with the type of an event, when the provider has no own'),
    acknowledge: acknowledgementSchema.prefault({}).describe('What the sender is answered with'),
  })
  .superRefine((webhook, context) => {
    for (const { path, message } of problemsOfWebhook(webhook)) {
      context.addIssue({ code: 'custom', path: [path], message });
    }
  });
export type WebhookConfig = z.output<typeof webhookSchema>;

export const webhooksSchema = z
  .array(webhookSchema)
  .max(50)
  .superRefine((webhooks, context) => {
    const names = webhooks.map(({ name }) => name);
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) === index) continue;
      context.addIssue({ code: 'custom', path: [index, 'name'], message: 'must differ from the webhooks before it' });
    }
  });

/** The secrets that a delivery may be signed with, by name. */
export function secretsOfWebhook({ secret }: Pick<WebhookConfig, 'secret'>): readonly string[] {
  if (secret === undefined) return [];
  return typeof secret === 'string' ? [secret] : secret;
}

interface Problem {
  readonly path: 'provider' | 'secret' | 'verify' | 'signature' | 'idHeader' | 'typeHeader';
  readonly message: string;
}

const OWN_HEADERS = ['idHeader', 'typeHeader'] as const;
/** Providers whose deliveries say themselves where their id and type are. */
const GENERIC: ReadonlySet<string | undefined> = new Set(['hmac', 'basic', 'bearer', undefined]);

function problemsOfWebhook(webhook: Omit<WebhookConfig, 'acknowledge' | 'tolerance'>): Problem[] {
  const { provider, secret, verify, signature } = webhook;
  const problems: Problem[] = [];
  if (provider === undefined && verify === undefined) {
    const message = `must be one of ${WEBHOOK_PROVIDERS.join(', ')}; or write "verify": "none" to take unsigned deliveries`;
    problems.push({ path: 'provider', message });
  }
  if (provider !== undefined && verify !== undefined) {
    problems.push({ path: 'verify', message: `must be left out: deliveries of ${provider} are verified` });
  }
  if (provider !== undefined && secret === undefined) {
    problems.push({ path: 'secret', message: `must name the secret that deliveries of ${provider} are verified with` });
  }
  if (verify !== undefined && secret !== undefined) {
    problems.push({ path: 'secret', message: 'must be left out: nothing is verified with it' });
  }
  if ((provider === 'hmac') !== (signature !== undefined)) {
    const message = provider === 'hmac' ? 'must say where the signature is' : 'must be left out: it is for hmac only';
    problems.push({ path: 'signature', message });
  }
  for (const path of OWN_HEADERS) {
    if (webhook[path] === undefined || GENERIC.has(provider)) continue;
    problems.push({ path, message: `must be left out: ${provider} has its own` });
  }
  return problems;
}

/** What is wrong with `{timestamp}.{body}`, or null. */
function problemOfTemplate(signed: string, hasTimestamp: boolean): string | null {
  const names = [...signed.matchAll(PLACEHOLDER)].map(([, name]) => name);
  if (names.some((name) => name !== 'body' && name !== 'timestamp')) return 'must hold {body} and {timestamp} only';
  if (names.filter((name) => name === 'body').length !== 1) return 'must hold {body} once';
  if (names.filter((name) => name === 'timestamp').length !== Number(hasTimestamp)) {
    return hasTimestamp ? 'must hold {timestamp} once' : 'must hold no {timestamp} without a timestampHeader';
  }
  return null;
}
