/**
 * The gateway's configuration: a JSON file, read once at the start. Secrets are not in it: it names the files that hold
 * them, and `readSecrets` reads those into a value of its own that is never logged.
 */
import { readFile } from 'node:fs/promises';
import {
  type BusCredential,
  busServersSchema,
  type ComponentIdentity,
  decodeCredential,
  identityConfigSchema,
  openIdentity,
} from '@sovfn/bus';
import { describeIssues, nameSchema, SovfnError, storePlaceSchema } from '@sovfn/protocol';
import { z } from 'zod';

const hostSchema = z.string().min(1).max(255);
/** Port 0: any free one; the ready line says which. */
const listenSchema = z.strictObject({ host: hostSchema, port: z.int().min(0).max(65_535) });
const peerSchema = z.strictObject({ host: hostSchema, port: z.int().min(1).max(65_535) });
const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex');

/** A revoked key is used no longer than this. Milliseconds. */
const cacheMs = z.int().min(100).max(3_600_000).default(60_000);
const keyServiceUrlSchema = z
  .url({ protocol: /^https?$/ })
  .refine((url) => !url.endsWith('/'), 'must not end with a slash');
/** The key of a tenant is called by this and the tenant. */
const keyPrefixSchema = z
  .string()
  .regex(/^[a-z0-9-]{0,63}$/, 'may hold a–z, 0–9 and -')
  .default('sovfn-');
const VAULT_PATH = /^[A-Za-z0-9_-]{1,63}(?:\/[A-Za-z0-9_-]{1,63}){0,7}$/;
const keysSchema = z.discriminatedUnion('provider', [
  /** Files `<tenant>.key`; the same for all gateways of a platform. */
  z.strictObject({ provider: z.literal('file'), folder: z.string(), cacheMs }),
  /** A service that holds the keys and never gives them out. `tokenFile`: its bearer token. */
  z.strictObject({
    provider: z.literal('http'),
    url: keyServiceUrlSchema,
    tokenFile: z.string(),
    cacheMs,
  }),
  /** The transit engine of OpenBao or Vault. `tokenFile` is read for each request: whatever renews the token writes it there. */
  z.strictObject({
    provider: z.literal('vault'),
    url: keyServiceUrlSchema,
    mount: z.string().regex(VAULT_PATH, 'must be a path such as transit').default('transit'),
    namespace: z.string().regex(VAULT_PATH, 'must be a path such as team-a').optional(),
    tokenFile: z.string(),
    keyPrefix: keyPrefixSchema,
    cacheMs,
  }),
  /** An HSM. `module`: path of its PKCS#11 library; `token`: label; `pinFile`: the user's PIN. */
  z.strictObject({
    provider: z.literal('pkcs11'),
    module: z.string().min(1),
    token: z.string().min(1).max(32),
    pinFile: z.string(),
    keyPrefix: keyPrefixSchema,
    cacheMs,
  }),
]);

export type KeysConfig = z.output<typeof keysSchema>;

/** A receiver of OTLP over HTTP, which gets metrics and a span of each call. */
const otlpSchema = z.strictObject({
  /** Without `/v1/traces`, such as `http://127.0.0.1:4318`. */
  endpoint: z.url({ protocol: /^https?$/ }),
  /** File with further headers as a JSON object, such as `authorization`. */
  headersFile: z.string().optional(),
  metricsEveryMs: z.int().min(1_000).max(3_600_000).default(60_000),
});

export const gatewayConfigSchema = z.strictObject({
  v: z.literal(1),
  id: nameSchema,
  /** Tenant of `/fn/<function>` and of the routes. */
  tenant: nameSchema,
  /**
   * Zones this gateway may send calls to: its signed labels must satisfy each of them. What is not of one zone, such as the
   * registry, is made in the first.
   */
  zones: z.tuple([nameSchema], nameSchema),
  identity: identityConfigSchema,
  /** Functions also answer on `<function>--<tenant>.<base domain>`; null: they do not. */
  baseDomain: z
    .string()
    .regex(/^[a-z0-9.-]{1,253}$/, 'must be a domain in lower case')
    .nullable()
    .default(null),
  public: z.strictObject({
    ...listenSchema.shape,
    /** Other gateways of this machine listen on the same port, and have this too. Linux only. */
    shared: z.boolean().default(false),
  }),
  /** Control API of the tenants. These tokens may do everything in the tenant above, and nothing of the operator's. */
  control: z.strictObject({ ...listenSchema.shape, tokenSha256: z.array(sha256Schema).min(1) }),
  /** Control API of the operator: an address that tenants cannot reach. Left out: this gateway has none. */
  operator: z.strictObject({ ...listenSchema.shape, tokenSha256: z.array(sha256Schema) }).optional(),
  bus: z.strictObject({
    ...peerSchema.shape,
    servers: busServersSchema,
    credsFile: z.string(),
    /** Addresses of the NATS servers' monitoring ports: the gateway asks there whether events are synced to disk. */
    monitors: z.array(z.url()).default([]),
    /** On how many servers each stream and bucket is kept: 1, or 3 in a cluster of at least three. */
    replicas: z.union([z.literal(1), z.literal(3)]).default(1),
  }),
  /** Start although events may be lost by a power cut. */
  unsafeFsync: z.boolean().default(false),
  /** Make streams again that are gone with the events they held. For one start: see README. */
  acceptEventLoss: z.boolean().default(false),
  /** Signing seed of the account, with which credentials of cells are issued. */
  accountSeedFile: z.string(),
  /** Where tenants' keys are, under which everything at rest is encrypted. All gateways of a platform have the same. */
  keys: keysSchema,
  store: z.strictObject({
    endpoint: z.strictObject({ ...peerSchema.shape, tls: z.boolean() }),
    /** Where it is: nothing is kept there of a zone that it is not in. */
    place: storePlaceSchema,
    accessKey: z.string().min(1),
    secretKeyFile: z.string(),
    bundles: z.string().min(3).max(63),
    outputs: z.string().min(3).max(63),
    /** Bodies of events that are too large for the bus. */
    events: z.string().min(3).max(63).default('sovfn-events'),
    /** Where logs go when the bus lets go of them. Left out: they are on the bus only. */
    logs: z.string().min(3).max(63).optional(),
    /** Copies of the audit log and of receipts. Left out: they are on the bus only. */
    proofs: z.string().min(3).max(63).optional(),
    /** Objects of `bucket` bindings, which nodes write: the gateway lists and removes those of a tenant that is erased. */
    data: z.string().min(3).max(63).optional(),
  }),
  dataDir: z.string(),
  /** Room on the bus for outputs that wait for the object store, per zone, MiB. */
  spillMb: z.int().min(1).max(1_048_576),
  /** Room on the bus for events that have ended, so that they can be run again, per zone, MiB. */
  replayMb: z.int().min(1).max(1_048_576).default(1_024),
  /** Room on the bus for values of `kv` bindings, per zone, MiB; further ones are refused. */
  kvMb: z.int().min(1).max(1_048_576).default(1_024),
  /** How long copies of receipts are kept in `store.proofs`. */
  receiptDays: z.int().min(1).max(3_650).default(183),
  /** Events of one function that may wait; beyond it new ones are refused with 429. */
  pendingEvents: z.int().min(1).max(10_000_000).default(100_000),
  /**
   * HTTP calls of a function are refused while its calls wait longer than this before they run. Milliseconds; null: they are
   * never refused for that.
   */
  shedAfterMs: z.int().min(10).max(600_000).nullable().default(1_000),
  /** Events that this gateway runs at the same time. */
  runningEvents: z.int().min(1).max(10_000).default(256),
  /** An event whose gateway was lost is taken by another one after this. Milliseconds. */
  eventAckMs: z.int().min(1_000).max(600_000).default(10_000),
  /** Lets callbacks of events go to private addresses: for platforms whose network is their owner's. */
  allowPrivateCallbacks: z.boolean().default(false),
  /** File that says whose tokens of OpenID Connect are trusted (docs/login.md). Left out: nobody can log in. */
  oidcFile: z.string().optional(),
  /** Left out: nothing is sent anywhere. */
  otlp: otlpSchema.optional(),
  /** Services of the platform that are not named above, such as other gateways: no callback may reach them in any case. */
  ownServices: z.array(peerSchema).default([]),
});

export type GatewayConfig = z.output<typeof gatewayConfigSchema>;

export interface GatewaySecrets {
  readonly bus: BusCredential;
  /** Its key, and the labels that the platform has signed for it. */
  readonly identity: ComponentIdentity;
  readonly storeSecretKey: string;
  readonly accountSeed: string;
  /** Sent to the receiver of OTLP. */
  readonly otlpHeaders?: Readonly<Record<string, string>>;
}

/** Reads and checks the file. Throws `config-not-found` or `config-invalid`, naming each wrong key. */
export async function readConfig(path: string): Promise<GatewayConfig> {
  const text = await readText(path, 'the configuration');
  const parsed = gatewayConfigSchema.safeParse(parseJson(text, path));
  if (parsed.success) return parsed.data;
  throw new SovfnError('config-invalid', `${path}: ${describeIssues(parsed.error, Infinity)}`, {
    hint: 'gateway/README.md describes every key.',
  });
}

export async function readSecrets(config: GatewayConfig): Promise<GatewaySecrets> {
  const { id: name, zones } = config;
  const [identity, creds, secretKey, accountSeed] = await Promise.all([
    openIdentity(config.identity, { role: 'gateway', name, zones }),
    readText(config.bus.credsFile, 'the NATS credential'),
    readText(config.store.secretKeyFile, "the object store's secret key"),
    readText(config.accountSeedFile, 'the account seed'),
  ]);
  return {
    bus: decodeCredential(creds),
    identity,
    storeSecretKey: secretKey.trim(),
    accountSeed: accountSeed.trim(),
    otlpHeaders: await readHeaders(config.otlp?.headersFile),
  };
}

const headersSchema = z.record(z.string().regex(/^[a-z0-9-]+$/i), z.string());

async function readHeaders(path: string | undefined): Promise<Readonly<Record<string, string>>> {
  if (path === undefined) return {};
  const parsed = headersSchema.safeParse(parseJson(await readText(path, 'the headers for OTLP'), path));
  if (parsed.success) return parsed.data;
  throw new SovfnError('config-invalid', `${path}: ${describeIssues(parsed.error, Infinity)}`, {
    hint: 'It is a JSON object of texts, such as { "authorization": "Bearer …" }.',
  });
}

async function readText(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new SovfnError('config-not-found', `${what} cannot be read from ${path}`, {
      cause,
      hint: 'Check the path and that this user may read the file.',
    });
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SovfnError('config-invalid', `${path} is not JSON: ${String(cause)}`, { cause });
  }
}
