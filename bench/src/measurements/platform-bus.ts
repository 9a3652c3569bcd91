import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NatsConnection } from '@nats-io/transport-node';
import { connectBus, decodeCredential } from '@sovfn/bus';
import { inboxPrefix } from '@sovfn/protocol';
import type { TestPlatform } from '@sovfn/testkit';
import { z } from 'zod';

const configSchema = z.object({
  id: z.string(),
  bus: z.object({ host: z.string(), port: z.int(), credsFile: z.string() }),
});

/** A connection to the platform's own bus, so that asking it costs the gateway nothing. `parts` ends it. */
export async function connectToBusOf(platform: TestPlatform, parts: AsyncDisposableStack): Promise<NatsConnection> {
  const config = configSchema.parse(JSON.parse(await readFile(join(platform.data, 'run', 'gateway.json'), 'utf8')));
  const credential = decodeCredential(await readFile(config.bus.credsFile, 'utf8'));
  const prefix = `${inboxPrefix('gateway')}.${config.id}.bench`;
  const connection = await connectBus({ address: config.bus, credential, name: 'bench', inboxPrefix: prefix });
  parts.defer(() => connection.close());
  return connection;
}
