import { setTimeout as delay } from 'node:timers/promises';
import { SovfnError } from '@sovfn/protocol';
import { isRunning, type ProcessIdentity } from '../processes/identity.ts';
import { tryLock } from '../processes/lock.ts';
import { type Environment, forgetCurrentPlatform } from './current.ts';
import { dataFolder, isDataFolder } from './data-folder.ts';
import { endOrphans } from './orphans.ts';

/** All parts together may take their grace times one after the other. Milliseconds. */
const DOWN_MS = 60_000;
const POLL_MS = 50;

/** `cleaned`: `sovfn up` had been killed, and what it left running was ended. */
export type DownResult = 'stopped' | 'cleaned' | 'not-running';

/**
 * Stops the platform of a data folder and resolves when all its processes have ended.
 * @throws SovfnError `part-failed` when they do not end within a minute
 */
export async function downPlatform(data: string, environment: Environment = process.env): Promise<DownResult> {
  if (!(await isDataFolder(data))) return 'not-running';
  const folder = dataFolder(data);
  const { lock, owner } = await tryLock(folder.lock);
  if (lock === null) {
    await endOwner(owner, folder.path);
    return 'stopped';
  }
  await using _held = lock;
  const ended = await endOrphans(folder);
  await forgetCurrentPlatform(folder.path, environment);
  return ended.length > 0 ? 'cleaned' : 'not-running';
}

/** `sovfn up` stops its parts on SIGTERM; it is never killed from here, because then nobody would stop them in order. */
async function endOwner(owner: ProcessIdentity, data: string): Promise<void> {
  const giveUpAt = performance.now() + DOWN_MS;
  process.kill(owner.pid, 'SIGTERM');
  while (isRunning(owner)) {
    if (performance.now() > giveUpAt) {
      const text = `process ${owner.pid}, which runs the platform of ${data}, has not ended after ${DOWN_MS / 1000} s`;
      throw new SovfnError('part-failed', text, {
        hint: `End it with \`kill -9 ${owner.pid}\`; then \`sovfn down\` ends what it leaves running.`,
      });
    }
    await delay(POLL_MS);
  }
}
