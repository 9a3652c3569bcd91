/** `secrets` in `sovfn.jsonc`: the secrets that a function's code has to do with, and where their values may go. */
import { z } from 'zod';
import { variableNameSchema } from '../names.ts';
import { egressOriginSchema } from './egress.ts';

/** Secrets that a version may list. */
const MOST_LISTED = 100;
const MOST_HOSTS = 50;

/** `api.stripe.com` means `https://api.stripe.com`. */
export function secretOrigin(host: string): string {
  return host.includes('://') ? host : `https://${host}`;
}

const hostSchema = z
  .string()
  .max(512)
  .refine(
    (host) => egressOriginSchema.safeParse(secretOrigin(host)).success,
    'must be a host such as api.stripe.com or *.example.org, or an origin such as https://api.example.org:8443',
  );

const longSecretSchema = z
  .strictObject({
    name: variableNameSchema.describe('Name of the secret, and of its place in env'),
    hosts: z
      .array(hostSchema)
      .min(1)
      .max(MOST_HOSTS)
      .optional()
      .describe('Hosts that may get the value, over https; default: the https origins in egress that have no *'),
    url: z
      .boolean()
      .optional()
      .describe('The value may stand in the path and query of a URL, too, not in headers only'),
    expose: z.boolean().optional().describe('The code reads the value itself; else env holds a placeholder'),
    sign: z
      .boolean()
      .optional()
      .describe(
        'crypto.subtle signs and verifies with the value (HMAC), which the code does not read; it is sent nowhere, unless hosts are named',
      ),
  })
  .superRefine(({ hosts, url, expose, sign }, context) => {
    if (expose !== true) return;
    if (sign !== undefined) {
      const message = 'must be left out: code that reads the value signs with it itself';
      context.addIssue({ code: 'custom', path: ['sign'], message });
    }
    const message = 'must be left out: code that reads the value may send it wherever egress leads';
    if (hosts !== undefined) context.addIssue({ code: 'custom', path: ['hosts'], message });
    if (url !== undefined) context.addIssue({ code: 'custom', path: ['url'], message });
  });

export const secretsSchema = z
  .array(z.union([variableNameSchema, longSecretSchema]))
  .max(MOST_LISTED)
  .superRefine((secrets, context) => {
    const names = secrets.map(nameOfSecret);
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) === index) continue;
      context.addIssue({ code: 'custom', path: [index], message: `must differ from the secrets before it: "${name}"` });
    }
  });

type WrittenSecret = string | z.output<typeof longSecretSchema>;

export function nameOfSecret(written: WrittenSecret): string {
  return typeof written === 'string' ? written : written.name;
}
