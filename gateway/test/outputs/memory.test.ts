import { expect, test } from 'vitest';
import { ECHO, newInvocation, outputStart, startOutputWorld } from './fixtures/output-world.ts';
import { startWriterProcess } from './fixtures/writer-orders.ts';

const MIB = 1024 * 1024;

test('an output of 64 MiB is kept and moved byte-identical with less than 32 MiB in memory at any time', async () => {
  await using world = await startOutputWorld();
  await world.writer.close();
  const output = outputStart();
  await using child = startWriterProcess({
    ...{ nats: world.nats.address, store: world.minio.endpoint },
    ...{ type: 'write', output, warmUpInvocation: newInvocation(), bytes: 64 * MIB, isEnded: true },
  });
  const report = await child.report;
  expect.assert(report.type === 'written');
  const reader = await world.openWriter();
  const kept = await reader.reader.verify({ ...ECHO, invocation: output.invocation });
  expect(kept).toMatchObject({ state: 'stored', meta: { bytes: 64 * MIB, sha256: report.sha256 } });
  expect(report.growthBytes).toBeLessThan(32 * MIB);
}, 90_000);
