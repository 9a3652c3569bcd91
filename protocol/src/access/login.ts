/** Login by OpenID Connect: what the platform trusts, and how a token of an issuer becomes one of the platform. */
import { z } from 'zod';
import { nameSchema } from '../names.ts';
import { PROTOCOL_VERSION } from '../version.ts';
import { roleSchema, scopeSchema } from './scopes.ts';

const version1 = z.literal(PROTOCOL_VERSION);

/** `createdBy` of tokens that a login made. */
export const LOGIN_ACTOR = 'login';

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** As the issuer writes it in its tokens. Without TLS on this machine only. */
export const issuerSchema = z
  .url({ protocol: /^https?$/ })
  .max(512)
  .refine((text) => {
    const { protocol, hostname, search, hash } = new URL(text);
    return (protocol === 'https:' || LOOPBACK.has(hostname)) && search === '' && hash === '';
  }, 'must be https, without query and fragment');

const issuerTrustSchema = z.strictObject({
  issuer: issuerSchema,
  /** What tokens must be for. */
  audience: z.string().min(1).max(512),
  /** The issuer's keys (a JSON Web Key Set), read again when the file changes: nothing is asked of the issuer. Left out: it is asked. */
  jwksFile: z.string().optional(),
  /** Of the command line at the issuer: people log in by it. Left out: they do not. */
  clientId: z.string().min(1).max(512).optional(),
});

const claimSchema = z.union([z.string().max(512), z.array(z.string().max(512)).min(1).max(100)]);
export const MOST_LOGIN_MINUTES = 24 * 60;

const loginRuleSchema = z
  .strictObject({
    name: nameSchema,
    issuer: issuerSchema,
    /** Each must be so; of several values one. A claim that is a list must hold it. */
    claims: z.record(z.string().max(128), claimSchema).refine((claims) => Object.keys(claims).length > 0, {
      message: 'must name a claim: without one, everybody whom the issuer knows could log in',
    }),
    tenant: nameSchema,
    function: nameSchema.nullable().default(null),
    role: roleSchema.nullable().default(null),
    scopes: z.array(scopeSchema).max(32).default([]),
    /** How long the token is taken. */
    minutes: z.int().min(1).max(MOST_LOGIN_MINUTES).default(15),
  })
  .refine(({ role, scopes }) => role !== null || scopes.length > 0, 'must have a role or a scope');
export type LoginRule = z.output<typeof loginRuleSchema>;

/** The file that `oidcFile` of a gateway's configuration names. */
export const loginTrustSchema = z
  .strictObject({
    v: version1,
    issuers: z.array(issuerTrustSchema).min(1).max(32),
    /** The first that fits. */
    rules: z.array(loginRuleSchema).min(1).max(1_000),
  })
  .superRefine(({ issuers, rules }, context) => {
    for (const [index, { issuer }] of rules.entries()) {
      if (issuers.some((one) => one.issuer === issuer)) continue;
      context.addIssue({ code: 'custom', path: ['rules', index, 'issuer'], message: 'must be one of `issuers`' });
    }
  });
export type LoginTrust = z.output<typeof loginTrustSchema>;
export type IssuerTrust = LoginTrust['issuers'][number];

/** Answer of `GET /v1/login`: where people may log in. */
export const loginOptionsSchema = z.strictObject({
  v: version1,
  issuers: z.array(z.strictObject({ issuer: issuerSchema, clientId: z.string() })),
});
export type LoginOptions = z.output<typeof loginOptionsSchema>;

/** Body of `POST /v1/login`; the answer is that of making a token. */
export const loginRequestSchema = z.strictObject({
  v: version1,
  idToken: z.string().max(16 * 1024),
  /** Name of the rule that is meant; null: the first that fits. */
  rule: nameSchema.nullable(),
});
export type LoginRequest = z.output<typeof loginRequestSchema>;
