import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { describeIssues, nameSchema, PROTOCOL_VERSION, SovfnError, storePlaceSchema } from '@sovfn/protocol';
import { identityConfigSchema } from '@sovfn/bus';
import { type BusCredential, busServersSchema, decodeCredential } from '@sovfn/bus/wire';
import { z } from 'zod';
import { lockLevelSchema } from '../channel/lock-level.ts';

const port = z.int().min(1).max(65_535);

const dnsServerSchema = z
  .string()
  .refine((text) => isIP(text.replace(/^\[(.*)\](:\d+)?$|^([^:]*):\d+$/, '$1$3')) !== 0, {
    error: 'must be an address, with or without a port',
  });

export const supervisorConfigSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  /** Name of this node. */
  node: nameSchema,
  /** Zones whose functions run here: the node's signed labels must satisfy each of them. */
  zones: z.array(nameSchema).min(1),
  identity: identityConfigSchema,
  bus: z.strictObject({ host: z.string().min(1), port, servers: busServersSchema, credsFile: z.string().min(1) }),
  store: z.strictObject({
    endpoint: z.strictObject({ host: z.string().min(1), port, tls: z.boolean() }),
    /** Where it is: nothing is kept there of a zone that it is not in. */
    place: storePlaceSchema,
    accessKey: z.string().min(1),
    secretKeyFile: z.string().min(1),
    /** Bucket of the deployed bundles. */
    bundles: z.string().min(1),
    /** Bucket for the objects of `bucket` bindings; without it there are none. */
    data: z.string().min(1).optional(),
  }),
  /**
   * Lets functions reach private addresses (this machine, its network) that their `egress` lists. For nodes whose network
   * is the company's own; default: no.
   */
  allowPrivateEgress: z.boolean().optional(),
  /** File in MMDB format that says in which country an address is; egress that is bound to countries needs it. */
  countryDatabase: z.string().min(1).optional(),
  /**
   * Who is asked for the addresses of names that functions reach, such as `192.0.2.53` or `192.0.2.53:5353`; default: the
   * system's resolver, wherever that sends the questions.
   */
  dnsServers: z.array(dnsServerSchema).min(1).max(8).optional(),
  /** Services of the platform besides the bus and the store, such as gateways: no function may reach them in any case. */
  ownServices: z.array(z.strictObject({ host: z.string().min(1), port })).optional(),
  /** Directory of this node's own: bundles, code caches and the key that seals them. */
  cacheDir: z.string().min(1),
  /** Memory that all cells together may use. MiB. */
  memoryMb: z.int().min(256),
  /** Cells kept ready without a tenant; each takes about 100 MiB outside `memoryMb`. */
  prewarmedCells: z.int().min(0).max(64),
  /**
   * For a developer's own machine, and nothing else: cells run functions without isolation or limits, where a debugger on this
   * port of the loopback address can stop them.
   */
  inspectPort: port.optional(),
  /** Cells that the operating system confines less firmly are not used; default 1. 2 needs Linux with seccomp. */
  requireLockLevel: lockLevelSchema.optional(),
});
export type SupervisorConfig = z.output<typeof supervisorConfigSchema>;

/** Kept apart from the configuration, so that logging that one shows none of these. */
export interface SupervisorSecrets {
  readonly bus: BusCredential;
  readonly storeSecretKey: string;
}

/** Reads the JSON file at `path`. Throws SovfnError `config-not-found` or `config-invalid`. */
export async function readConfig(path: string): Promise<SupervisorConfig> {
  const parsed = supervisorConfigSchema.safeParse(parseJson(path, await readText(path)));
  if (parsed.success) return parsed.data;
  throw new SovfnError(
    'config-invalid',
    `the supervisor's configuration ${path} is not valid: ${describeIssues(parsed.error, Infinity)}`,
  );
}

/** Reads the files that the configuration names. Throws SovfnError `config-not-found` or `config-invalid`. */
export async function readSecrets(config: SupervisorConfig): Promise<SupervisorSecrets> {
  const [credential, secretKey] = await Promise.all([
    readText(config.bus.credsFile),
    readText(config.store.secretKeyFile),
  ]);
  return { bus: decodeCredential(credential), storeSecretKey: secretKey.trim() };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new SovfnError('config-not-found', `${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SovfnError('config-invalid', `${path} is not JSON: ${(cause as Error).message}`, { cause });
  }
}
