/**
 * The user's current platform: what commands talk to when nobody names another. A file in the user's config folder names
 * the address, the file with the token and the data folder; the token itself stays in the data folder.
 */
import { mkdir, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { SovfnError } from '@sovfn/protocol/errors';
import { jsonOrNull } from '@sovfn/protocol/json';
import { z } from 'zod';
import { dataFolder, defaultDataFolder } from './data-folder.ts';
import { writeFileWhole } from './files.ts';
import { GATEWAY_ID } from './layout.ts';
import { readIfThere } from '../read-if-there.ts';

const currentSchema = z.strictObject({
  v: z.literal(1),
  /** Of the control API. */
  url: z.url(),
  /** Where functions answer. */
  publicUrl: z.url(),
  tokenFile: z.string(),
  /** The operator's listener. Platforms of before it was one of its own do not name it. */
  operator: z.strictObject({ url: z.url(), tokenFile: z.string() }).optional(),
  /** Data folder of the platform. */
  data: z.string(),
});
type CurrentFile = z.output<typeof currentSchema>;

/** In the same file: the platform that somebody has logged in to. What was named last is the current one. */
const loginSchema = z.strictObject({
  v: z.literal(1),
  /** `operatorUrl`: where the same token is used for what only the operator may. */
  login: z.strictObject({ url: z.url(), token: z.string(), operatorUrl: z.url().optional() }),
});

export type PlatformLogin = z.output<typeof loginSchema>['login'];

export interface CurrentPlatform {
  /** Base address of the control API. */
  readonly url: string;
  /** Base address where functions answer. */
  readonly publicUrl: string;
  readonly token: string;
  readonly tokenFile: string;
  readonly data: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Null when none is recorded. Throws `config-invalid` when what is recorded cannot be used. */
export async function readCurrentPlatform(environment: Environment = process.env): Promise<CurrentPlatform | null> {
  const current = await readCurrent(environment);
  if (current === null) return null;
  const { url, publicUrl, tokenFile, data } = current;
  return { url, publicUrl, tokenFile, data, token: await readToken(tokenFile, data) };
}

async function readToken(file: string, data: string): Promise<string> {
  const token = await readIfThere(file);
  if (token !== null) return token.trim();
  throw new SovfnError('config-invalid', `the current platform's token cannot be read from ${file}`, {
    hint: `Start the platform again with \`sovfn up --data ${data}\`, or set SOVFN_URL and SOVFN_TOKEN.`,
  });
}

export interface OperatorAddress {
  readonly url: string;
  readonly token: string;
}

/** Of the current platform; null: there is none, or it has no listener for its operator. Throws `config-invalid`. */
export async function readCurrentOperator(environment: Environment = process.env): Promise<OperatorAddress | null> {
  const current = await readCurrent(environment);
  if (current?.operator === undefined) return null;
  const { url, tokenFile } = current.operator;
  return { url, token: await readToken(tokenFile, current.data) };
}

/** Data folder of a platform on this machine: the one that is named, else the current one's, else the default. */
export async function platformFolder(data: string | null, environment: Environment = process.env): Promise<string> {
  return data ?? (await readCurrent(environment))?.data ?? defaultDataFolder(environment);
}

/** Public key of the current platform, which need not run; null when there is none, or it is on another machine. */
export async function platformKeyFile(environment: Environment = process.env): Promise<string | null> {
  const current = environment.SOVFN_URL ? null : await readCurrent(environment);
  return current === null ? null : dataFolder(current.data).platformKey;
}

/** Where the gateway of the current platform copies the audit log's checkpoints; null when that is on another machine. */
export async function auditCopyFile(environment: Environment = process.env): Promise<string | null> {
  const current = environment.SOVFN_URL ? null : await readCurrent(environment);
  if (current === null) return null;
  const { auditCopyName } = await import('@sovfn/protocol/audit/entry');
  return join(dataFolder(current.data).gateway, auditCopyName(GATEWAY_ID));
}

/** Null: nobody has logged in since a platform was started here. */
export async function readLogin(environment: Environment = process.env): Promise<PlatformLogin | null> {
  const text = await readIfThere(currentFile(environment));
  return text === null ? null : (loginSchema.safeParse(jsonOrNull(text)).data?.login ?? null);
}

/** Only its owner can read the token. */
export async function recordLogin(login: PlatformLogin, environment: Environment = process.env): Promise<void> {
  await mkdir(configFolder(environment), { recursive: true, mode: 0o700 });
  await writeFileWhole(currentFile(environment), JSON.stringify({ v: 1, login }, null, 2));
}

/** Where it was; null: there was none. */
export async function forgetLogin(environment: Environment = process.env): Promise<string | null> {
  const login = await readLogin(environment);
  if (login === null) return null;
  await rm(currentFile(environment), { force: true });
  return login.url;
}

export async function recordCurrentPlatform(
  current: Omit<CurrentFile, 'v'>,
  environment: Environment = process.env,
): Promise<void> {
  await mkdir(configFolder(environment), { recursive: true, mode: 0o700 });
  await writeFileWhole(currentFile(environment), JSON.stringify({ v: 1, ...current }, null, 2));
}

/** Forgets the current platform if it is the one with this data folder. */
export async function forgetCurrentPlatform(data: string, environment: Environment = process.env): Promise<void> {
  const current = await readCurrent(environment);
  if (current?.data === data) await rm(currentFile(environment), { force: true });
}

async function readCurrent(environment: Environment): Promise<CurrentFile | null> {
  const path = currentFile(environment);
  const text = await readIfThere(path);
  if (text === null || loginSchema.safeParse(jsonOrNull(text)).success) return null;
  try {
    return currentSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new SovfnError('config-invalid', `${path} does not describe a platform`, {
      cause,
      hint: 'Remove the file and start the platform again with `sovfn up`.',
    });
  }
}

function currentFile(environment: Environment): string {
  return join(configFolder(environment), 'current.json');
}

function configFolder(environment: Environment): string {
  return join(environment.XDG_CONFIG_HOME ?? join(environment.HOME ?? homedir(), '.config'), 'sovfn');
}
