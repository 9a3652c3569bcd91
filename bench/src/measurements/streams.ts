/** How fast a large body passes in each direction, and how much memory the gateway and the cell need for it. */
import { startPlatform, type TestPlatform } from '@sovfn/testkit';
import { z } from 'zod';
import type { Bench } from '../bench.ts';
import { COUNT_UPLOAD, STREAM_RESPONSE } from '../functions/sources.ts';
import { findCellPid } from '../processes/node-log.ts';
import { MemoryGrowth } from '../processes/memory.ts';
import { showMb } from '../report/figures.ts';
import { median } from '../statistics.ts';
import { type BodyTransfer, downloadBody, uploadBody } from './body-transfer.ts';
import { defineMeasurement } from './measurement.ts';

const BODY_BYTES = 64 * 1024 * 1024;
/** Sent before anything is measured, so that the function is loaded. */
const WARM_UP_BYTES = 1024 * 1024;
/** The defaults are made for small bodies. */
const LIMITS = { bodyMb: 65, cpuMs: 60_000 };

const directionSchema = z.strictObject({
  transfers: z.int(),
  /** Median. */
  bytesPerSecond: z.number(),
  /** From before the first transfer to the highest point of all. Null where the kernel does not tell. */
  gatewayGrowthBytes: z.number().nullable(),
  cellGrowthBytes: z.number().nullable(),
});
type Direction = z.output<typeof directionSchema>;
const schema = z.strictObject({ bodyBytes: z.int(), upload: directionSchema, response: directionSchema });

export const streams = defineMeasurement({
  name: 'streams',
  schema,
  async measure(bench) {
    await using platform = await startPlatform();
    const config = { outputs: 'none', limits: LIMITS };
    await platform.deploy({ name: 'upload', code: COUNT_UPLOAD, config });
    await platform.deploy({ name: 'response', code: STREAM_RESPONSE, config });
    return {
      bodyBytes: BODY_BYTES,
      upload: await measureDirection('upload', uploadBody, platform, bench),
      response: await measureDirection('response', downloadBody, platform, bench),
    };
  },
  tables: (result) => [
    {
      title: `One body of ${result.bodyBytes / 2 ** 20} MiB`,
      columns: ['', 'transfers', 'per second', 'gateway grows by', 'cell grows by'],
      rows: (['upload', 'response'] as const).map((direction) => {
        const { transfers, bytesPerSecond, gatewayGrowthBytes, cellGrowthBytes } = result[direction];
        const figures = [bytesPerSecond, gatewayGrowthBytes, cellGrowthBytes].map(showMb);
        return [direction, String(transfers), ...figures];
      }),
      notes: [],
    },
  ],
});

async function measureDirection(
  name: 'upload' | 'response',
  transfer: BodyTransfer,
  platform: TestPlatform,
  { settings, signal, say }: Bench,
): Promise<Direction> {
  const url = `${platform.publicUrl}/fn/${name}/`;
  await transfer(url, WARM_UP_BYTES, signal);
  const gateway = new MemoryGrowth(platform.pids.get('gateway')!);
  const cell = new MemoryGrowth(await findCellPid(platform, name, signal));
  const rates: number[] = [];
  for (let round = 1; round <= settings.streams.rounds; round++) {
    say(`streams: ${name} ${round} of ${settings.streams.rounds}`);
    const startedAt = performance.now();
    await transfer(url, BODY_BYTES, signal);
    rates.push(BODY_BYTES / ((performance.now() - startedAt) / 1_000));
  }
  const growth = { gatewayGrowthBytes: gateway.readBytes(), cellGrowthBytes: cell.readBytes() };
  return { transfers: rates.length, bytesPerSecond: median(rates), ...growth };
}
