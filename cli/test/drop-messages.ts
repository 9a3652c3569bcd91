import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectBus, decodeCredential } from '@sovfn/bus';
import { inboxPrefix } from '@sovfn/protocol';
import type { TestPlatform } from '@sovfn/testkit';
import { z } from 'zod';

const configSchema = z.object({
  bus: z.object({ host: z.string(), port: z.int(), credsFile: z.string() }),
  id: z.string(),
});

/** Deletes messages behind the platform's back, as a broken disk would. */
export async function dropMessages(platform: TestPlatform, stream: string, filter: string): Promise<void> {
  const { bus, id } = configSchema.parse(
    JSON.parse(await readFile(join(platform.data, 'run', 'gateway.json'), 'utf8')),
  );
  const credential = decodeCredential(await readFile(bus.credsFile, 'utf8'));
  const prefix = `${inboxPrefix('gateway')}.${id}.test`;
  const connection = await connectBus({ address: bus, credential, name: 'test', inboxPrefix: prefix });
  await connection.request(`$JS.API.STREAM.PURGE.${stream}`, JSON.stringify({ filter }));
  await connection.close();
}
