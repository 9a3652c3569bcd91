/**
 * The data folder of a platform on one machine, or of a node of a platform on another: everything it keeps, readable by its
 * user only.
 *
 *   sovfn.json      marks the folder as sovfn's and names the layout
 *   keys/           secrets, 0600
 *   platform-key.json  public half of the platform's signing key, for auditors
 *   identity/       key and labels of the gateway and of the node, each in a folder of its own
 *   fleet.json      zones of the platform, and where it listens for nodes on other hosts
 *   zones.json      what named zones ask for
 *   enrolments/     one file for each of those nodes
 *   tls/            certificates of the connections to them
 *   bus/  objects/  files of nats-server and MinIO
 *   gateway/        what the gateway keeps on disk
 *   node/           bundles and code caches of the node; may be removed when the platform is down
 *   logs/           one file per part
 *   run/            configuration written at each start, ports, the record of the running processes, the lock
 */
import { chmod, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { homedir } from 'node:os';
import { SovfnError } from '@sovfn/protocol/errors';
import { z } from 'zod';
import type { Environment } from './current.ts';
import { writeFileWhole } from './files.ts';

const MARKER = 'sovfn.json';
const LAYOUT = 1;
/** Folders of before there were nodes on other hosts do not say whose they are. */
const markerSchema = z.object({ layout: z.literal(LAYOUT), of: z.enum(['platform', 'node']).default('platform') });
export type FolderOwner = z.output<typeof markerSchema>['of'];
const OTHERS = 0o077;

export interface DataFolder {
  readonly path: string;
  readonly keys: string;
  readonly platformKey: string;
  readonly identity: string;
  readonly fleet: string;
  readonly zones: string;
  readonly enrolments: string;
  readonly tls: string;
  readonly bus: string;
  readonly objects: string;
  readonly gateway: string;
  readonly node: string;
  readonly logs: string;
  readonly run: string;
  readonly lock: string;
}

/** `$XDG_DATA_HOME/sovfn`, or `~/.local/share/sovfn`. */
export function defaultDataFolder(environment: Environment = process.env): string {
  return join(environment.XDG_DATA_HOME ?? join(environment.HOME ?? homedir(), '.local', 'share'), 'sovfn');
}

/** Of a node of a platform on another host. */
export function defaultNodeFolder(environment: Environment = process.env): string {
  return `${defaultDataFolder(environment)}-node`;
}

/** Names only; touches nothing. */
export function dataFolder(path: string): DataFolder {
  const root = resolve(path);
  return {
    path: root,
    keys: join(root, 'keys'),
    platformKey: join(root, 'platform-key.json'),
    identity: join(root, 'identity'),
    fleet: join(root, 'fleet.json'),
    zones: join(root, 'zones.json'),
    enrolments: join(root, 'enrolments'),
    tls: join(root, 'tls'),
    bus: join(root, 'bus'),
    objects: join(root, 'objects'),
    gateway: join(root, 'gateway'),
    node: join(root, 'node'),
    logs: join(root, 'logs'),
    run: join(root, 'run'),
    lock: join(root, 'run', 'lock'),
  };
}

/**
 * Makes what is missing. A folder with other things in it is refused, so that no mistyped path is taken over.
 * @throws SovfnError `config-invalid`
 */
export async function prepareDataFolder(path: string, owner: FolderOwner = 'platform'): Promise<DataFolder> {
  const folder = dataFolder(path);
  await mkdir(folder.path, { recursive: true, mode: 0o700 });
  const entries = await readdir(folder.path);
  // A marker that is being written by a start at the same time begins with the same name.
  if (entries.length > 0 && !entries.some((name) => name.startsWith(MARKER))) throw notOurs(folder.path, entries);
  await assertOwned(folder.path);
  await chmod(folder.path, 0o700);
  if (entries.includes(MARKER)) await assertMarker(folder.path, owner);
  else await writeFileWhole(markerFile(folder.path), `${JSON.stringify({ layout: LAYOUT, of: owner })}\n`);
  const common = [folder.identity, folder.node, folder.logs, folder.run];
  const own = owner === 'node' ? [folder.keys, folder.tls] : [folder.bus, folder.objects, folder.gateway];
  for (const part of [...common, ...own]) {
    await mkdir(part, { recursive: true, mode: 0o700 });
  }
  return folder;
}

export async function isDataFolder(path: string): Promise<boolean> {
  return (await stat(markerFile(path)).catch(() => null)) !== null;
}

/** Paths below the folder that users other than its owner can read or write. */
export async function exposedPaths(folder: DataFolder): Promise<string[]> {
  const exposed: string[] = [];
  for (const path of [folder.path, ...(await keyPaths(folder))]) {
    if (((await stat(path)).mode & OTHERS) !== 0) exposed.push(path);
  }
  return exposed;
}

/** None before the first start has made them. */
async function keyPaths({ keys }: DataFolder): Promise<string[]> {
  try {
    return [keys, ...(await readdir(keys)).map((name) => join(keys, name))];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function assertMarker(path: string, owner: FolderOwner): Promise<void> {
  const marker = markerFile(path);
  let of: FolderOwner;
  try {
    ({ of } = markerSchema.parse(JSON.parse(await readFile(marker, 'utf8'))));
  } catch (cause) {
    throw new SovfnError('config-invalid', `${marker} is not of layout ${LAYOUT}, the one this sovfn reads`, {
      cause,
      hint: 'Use the sovfn version that made the folder, or another folder.',
    });
  }
  if (of === owner) return;
  throw new SovfnError('config-invalid', `${path} is the data folder of a ${of}, not of a ${owner}`, {
    hint: 'Name another folder: `sovfn up` runs a platform, `sovfn node` a node of one.',
  });
}

async function assertOwned(path: string): Promise<void> {
  const { uid } = await stat(path);
  if (uid === process.getuid!()) return;
  throw new SovfnError(
    'config-invalid',
    `the data folder ${path} belongs to user ${uid}, not to ${process.getuid!()}`,
    {
      hint: 'Run sovfn as the owner, or use another folder.',
    },
  );
}

function markerFile(path: string): string {
  return join(path, MARKER);
}

function notOurs(path: string, entries: readonly string[]): SovfnError {
  return new SovfnError('config-invalid', `${path} is not a data folder of sovfn: it contains "${entries[0]!}"`, {
    hint: 'Name a new or an empty folder.',
    facts: { path },
  });
}
