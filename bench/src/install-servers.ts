import { provideServer, type ServerProgress } from 'sovfn/servers';
import type { Bench } from './bench.ts';

/** Installs nats-server and MinIO where they are missing, and says so: it takes minutes, and is no part of what is measured. */
export async function installServers({ say, signal }: Pick<Bench, 'say' | 'signal'>): Promise<void> {
  const onProgress = (event: ServerProgress): void => {
    if (event.type === 'tried' && event.step !== 'path') say(`${event.server}: ${event.result}`);
    if (event.type === 'waiting') say(`${event.server}: process ${event.ownerPid} is installing it`);
  };
  await provideServer('nats-server', { onProgress, signal });
  await provideServer('minio', { onProgress, signal });
}
