/**
 * A lock between processes of one machine: a file that names its owner.
 *
 * Guarantees: at most one running process has it; the file appears whole or not at all; an owner that ended (also by kill -9,
 * also before a reboot) loses the lock at the next attempt of another, of which one gets it.
 * Does not guarantee: exclusion on a file system shared by several machines.
 */
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { identifySelf, isRunning, type ProcessIdentity, processIdentitySchema } from './identity.ts';

const POLL_MS = 200;
/** Between two looks while somebody replaces a dead owner. Milliseconds. */
const TAKEOVER_MS = 10;

export interface ProcessLock extends AsyncDisposable {
  readonly path: string;
  release(): Promise<void>;
}

export type LockAttempt =
  { readonly lock: ProcessLock; readonly owner: null } | { readonly lock: null; readonly owner: ProcessIdentity };

/** Takes the lock, or names the running process that has it. */
export async function tryLock(path: string): Promise<LockAttempt> {
  for (;;) {
    if (await createWhole(path)) return { lock: ownedLock(path), owner: null };
    const owner = await readOwner(path);
    if (owner === 'gone') continue;
    if (owner !== null && isRunning(owner)) return { lock: null, owner };
    if (await takeOver(path)) return { lock: ownedLock(path), owner: null };
  }
}

/**
 * Replaces a dead owner. A lock beside it makes sure that nobody replaces the one who has just done so; whoever dies with that
 * lock is replaced in the same way. False: somebody else was faster, or is at it.
 */
async function takeOver(path: string): Promise<boolean> {
  const { lock } = await tryLock(`${path}.takeover`);
  if (lock === null) {
    await delay(TAKEOVER_MS);
    return false;
  }
  await using _held = lock;
  // One that has gone was released: whoever makes it anew must not be replaced.
  const owner = await readOwner(path);
  if (owner === 'gone' || (owner !== null && isRunning(owner))) return false;
  await rename(await writeDraft(path), path);
  return true;
}

export interface WaitForLockOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Called once, when the lock turns out to be held. */
  readonly onWait: (owner: ProcessIdentity) => void;
}

/** Waits for the lock at most `timeoutMs`; then names the owner. */
export async function waitForLock(path: string, options: WaitForLockOptions): Promise<LockAttempt> {
  const giveUpAt = performance.now() + options.timeoutMs;
  let isTold = false;
  for (;;) {
    const attempt = await tryLock(path);
    if (attempt.lock !== null || performance.now() >= giveUpAt) return attempt;
    if (!isTold) options.onWait(attempt.owner);
    isTold = true;
    await delay(POLL_MS, undefined, { signal: options.signal });
  }
}

function ownedLock(path: string): ProcessLock {
  const release = async (): Promise<void> => {
    const owner = await readOwner(path);
    if (owner !== 'gone' && owner?.pid === process.pid) await rm(path, { force: true });
  };
  return { path, release, [Symbol.asyncDispose]: release };
}

/** A hard link of a written file: unlike `open(…, 'wx')` nobody ever sees the lock without its owner in it. */
async function createWhole(path: string): Promise<boolean> {
  const draft = await writeDraft(path);
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function writeDraft(path: string): Promise<string> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(identifySelf()), { mode: 0o600 });
  return draft;
}

/** Null when the file does not name a process: then nobody owns the lock. */
async function readOwner(path: string): Promise<ProcessIdentity | 'gone' | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'gone';
    throw error;
  }
  try {
    return processIdentitySchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
