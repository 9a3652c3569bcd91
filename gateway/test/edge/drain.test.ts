import { expect, test } from 'vitest';
import { GatewayBench } from '../peers/gateway-bench.ts';
import { RawClient } from '../peers/raw-client.ts';

test.concurrent(
  'a gateway that stops finishes what is in flight, takes nothing new, and keeps no connection',
  async () => {
    const bench = await GatewayBench.start();
    const cell = await bench.serve({ name: 'slow' });
    using client = await RawClient.open(bench.gateway.publicAddress);
    client.send('GET /fn/slow/ HTTP/1.1\r\nhost: x\r\n\r\n');
    const served = await cell.calls.next();
    const stopped = bench.gateway[Symbol.asyncDispose]();
    await bench.event('gateway-stopping');
    await expect(RawClient.open(bench.gateway.publicAddress)).rejects.toThrow('ECONNREFUSED');
    served.answer('finished');
    const answer = await client.untilClosed();
    expect(answer).toContain('\r\n\r\nfinished');
    expect(answer).toContain('connection: close');
    await stopped;
    await bench[Symbol.asyncDispose]();
  },
);

test.concurrent('a call that is still in flight after the time for draining is cut off', async () => {
  const bench = await GatewayBench.start();
  const cell = await bench.serve({ name: 'endless', limits: { wallMs: 60_000 } });
  using client = await RawClient.open(bench.gateway.publicAddress);
  client.send('GET /fn/endless/ HTTP/1.1\r\nhost: x\r\n\r\n');
  const served = await cell.calls.next();
  await bench.gateway[Symbol.asyncDispose]();
  expect(await client.untilClosed()).toBe('');
  expect(await served.frames.next()).toEqual({ kind: 'cancel' });
  await bench[Symbol.asyncDispose]();
});
