/**
 * Vitest's global set-up: the servers are installed once, before any test file, so that no test's time limit pays for it; and
 * the processes that tests start find what Node has compiled for those before them.
 */
import { codeCacheFolder, provideServer, type ServerProgress } from 'sovfn/servers';

export async function setup(): Promise<void> {
  process.env['NODE_COMPILE_CACHE'] ??= codeCacheFolder(process.env);
  await provideServer('nats-server', { onProgress: show });
  await provideServer('minio', { onProgress: show });
}

function show(event: ServerProgress): void {
  if (event.type === 'tried' && event.step !== 'path') process.stderr.write(`${event.server}: ${event.result}\n`);
  if (event.type === 'waiting') process.stderr.write(`${event.server}: process ${event.ownerPid} is installing it\n`);
  if (event.type === 'building' && event.packages % 50 === 1) {
    process.stderr.write(`${event.server}: building, ${event.packages} packages so far\n`);
  }
}
