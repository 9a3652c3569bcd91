/**
 * A lock between processes of one machine: a file that names its owner.
 *
 * Guarantees: the file appears whole or not at all; an owner that ended (also by kill -9, also before a reboot) loses the
 * lock at the next attempt of another.
 * Does not guarantee: exclusion on a file system shared by several machines, and exclusion in the microseconds in which two
 * processes take over the same dead owner's lock while a third arrives. So the lock saves work and tells people what is
 * under way; what it protects must itself be written atomically.
 */
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { identifySelf, isRunning, type ProcessIdentity, processIdentitySchema } from './identity.ts';

const POLL_MS = 200;

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
    if (owner !== null && isRunning(owner)) return { lock: null, owner };
    await removeStale(path);
  }
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
    if (owner?.pid === process.pid) await rm(path, { force: true });
  };
  return { path, release, [Symbol.asyncDispose]: release };
}

/** A hard link of a written file: unlike `open(…, 'wx')` nobody ever sees the lock without its owner in it. */
async function createWhole(path: string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(identifySelf()), { mode: 0o600 });
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

/** Null when the file has gone or does not name a process: either way nobody owns the lock. */
async function readOwner(path: string): Promise<ProcessIdentity | null> {
  try {
    return processIdentitySchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
}

/** Renaming picks one winner; if what it moved has a living owner after all (a faster taker), the lock is put back. */
async function removeStale(path: string): Promise<void> {
  const moved = `${path}.${randomUUID()}`;
  try {
    await rename(path, moved);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const owner = await readOwner(moved);
  if (owner !== null && isRunning(owner)) await link(moved, path).catch(ignoreExisting);
  await rm(moved, { force: true });
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  // A third process took the lock meanwhile: the window named above.
  if (error.code !== 'EEXIST') throw error;
}
