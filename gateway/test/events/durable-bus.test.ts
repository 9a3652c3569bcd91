import { startNats } from '@sovfn/testkit';
import { expect, test } from 'vitest';
import { GatewayBench } from '../peers/gateway-bench.ts';

const SAFE = { jetstream: 'sync_interval: always' };
const UNSAFE = { jetstream: 'sync_interval: "2m"' };

test('a gateway refuses to start on a NATS that acknowledges before it syncs', async () => {
  await expect(GatewayBench.start({ nats: UNSAFE })).rejects.toMatchObject({
    code: 'bus-not-durable',
    message: expect.stringMatching(
      /^the NATS server ".+" acknowledges events before they are synced to disk$/,
    ) as string,
    hint: expect.stringContaining('sync_interval: always') as string,
  });
});

test('with unsafeFsync it starts all the same, and says so in its log', async () => {
  await using bench = await GatewayBench.start({ nats: UNSAFE, config: { unsafeFsync: true } });
  expect(bench.drainEvents()).toContain('unsafe-fsync');
});

test('a server whose monitoring port is not known, is another’s or does not answer counts as one that does not sync', async () => {
  await using other = await startNats(SAFE);
  const monitored = (monitors: string[]) => GatewayBench.start({ nats: SAFE, monitors });
  await expect(monitored([])).rejects.toMatchObject({ code: 'bus-not-durable' });
  await expect(monitored([other.monitorUrl])).rejects.toMatchObject({ code: 'bus-not-durable' });
  await other.kill();
  await expect(monitored([other.monitorUrl])).rejects.toMatchObject({ code: 'bus-not-durable' });
});
