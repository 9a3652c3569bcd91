import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NatsConnection } from '@nats-io/transport-node';
import { connectBus, decodeCredential } from '@sovfn/bus';
import { inboxPrefix } from '@sovfn/protocol';
import { z } from 'zod';
import type { TestPlatform } from './platform.ts';

const configSchema = z.object({
  id: z.string(),
  bus: z.object({ host: z.string(), port: z.int(), credsFile: z.string() }),
});

/** A connection to the platform's own bus, with the gateway's rights: what tests look at, and break, behind its back. */
export async function connectToBusOf(platform: Pick<TestPlatform, 'data'>, name: string): Promise<NatsConnection> {
  const config = configSchema.parse(JSON.parse(await readFile(join(platform.data, 'run', 'gateway.json'), 'utf8')));
  const credential = decodeCredential(await readFile(config.bus.credsFile, 'utf8'));
  const prefix = `${inboxPrefix('gateway')}.${config.id}.${name}`;
  return connectBus({ address: config.bus, credential, name, inboxPrefix: prefix });
}
