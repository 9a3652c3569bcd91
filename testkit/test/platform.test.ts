import { stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { startPlatform } from '@sovfn/testkit';

test('a platform of a test runs a function that the test wrote, and leaves nothing', async () => {
  let data: string;
  {
    await using platform = await startPlatform();
    data = platform.data;
    const code = `export default { fetch: async (request: Request) => new Response('got ' + (await request.text())) };`;
    const deployed = await platform.deploy({ name: 'echo', code });
    expect(deployed.result).toBe('created');
    const answer = await platform.call('/fn/echo/', { method: 'POST', body: 'this' });
    expect([answer.status, await answer.text()]).toEqual([200, 'got this']);
    expect((await platform.control('/v1/status')).status).toBe(200);
  }
  await expect(stat(data)).rejects.toThrow('ENOENT');
});
