/**
 * Finds the pinned tests in the user's cache, or gets them with apt.
 *
 * Guarantees: the tarball has the pinned SHA-256 before it is unpacked; the cached folder appears whole, by one rename;
 * apt only downloads one file, with the machine's proxies; it needs no source lines, and its configuration stays as it is.
 * Not guaranteed: that nobody edits the unpacked files later.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FOLDER_IN_TARBALL, SOURCE_PACKAGE, TARBALL, TARBALL_SHA256, TARBALL_URL } from './pinned.ts';
import { runProgram } from './program.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Names a copy of TARBALL that was got otherwise. */
const TARBALL_VARIABLE = 'SOVFN_WPT_TARBALL';
/** apt's own downloader of single files; not in PATH. */
const APT_HELPER = '/usr/lib/apt/apt-helper';

/** The folder of the cached tests; null when there is none. */
export function findSuite(environment: Environment): string | null {
  const folder = suiteFolder(environment);
  return existsSync(folder) ? folder : null;
}

/** The folder of the tests, which are downloaded (23 MB) and unpacked when the cache has none. Throws what is missing. */
export async function provideSuite(environment: Environment, say: (line: string) => void): Promise<string> {
  const folder = suiteFolder(environment);
  if (existsSync(folder)) return folder;
  await mkdir(cacheFolder(environment), { recursive: true });
  const work = await mkdtemp(join(cacheFolder(environment), 'partial-'));
  try {
    const tarball = environment[TARBALL_VARIABLE] ?? (await download(work, say));
    await requireDigest(tarball);
    say(`unpacking ${FOLDER_IN_TARBALL}`);
    const unpacked = join(work, 'wpt');
    await mkdir(unpacked);
    const depth = FOLDER_IN_TARBALL.split('/').length;
    await runProgram('tar', ['-xJf', tarball, '-C', unpacked, `--strip-components=${depth}`, FOLDER_IN_TARBALL]);
    await rename(unpacked, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return folder;
}

function cacheFolder(environment: Environment): string {
  return join(environment.XDG_CACHE_HOME ?? join(environment.HOME ?? homedir(), '.cache'), 'sovfn', 'wpt');
}

/** Named by the digest: another pin never meets an old copy. */
function suiteFolder(environment: Environment): string {
  return join(cacheFolder(environment), TARBALL_SHA256.slice(0, 16));
}

async function download(work: string, say: (line: string) => void): Promise<string> {
  const tarball = join(work, TARBALL);
  say(`asking apt for the source of ${SOURCE_PACKAGE} (23 MB)`);
  try {
    await runProgram(APT_HELPER, ['download-file', TARBALL_URL, tarball, `SHA256:${TARBALL_SHA256}`]);
  } catch (cause) {
    throw new Error(`the Web Platform Tests could not be had: ${String(cause)}\n${NEEDS}`, { cause });
  }
  return tarball;
}

const NEEDS = `What this needs, once: Debian's apt (${APT_HELPER}), and a way to ${TARBALL_URL}.
Elsewhere, or when that mirror has dropped the version, get ${TARBALL}
(snapshot.debian.org keeps all) and set ${TARBALL_VARIABLE} to its path.`;

async function requireDigest(tarball: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(tarball), hash);
  const digest = hash.digest('hex');
  if (digest === TARBALL_SHA256) return;
  throw new Error(`${tarball} has the SHA-256 ${digest}; the pinned one is ${TARBALL_SHA256}. It was not unpacked.`);
}
