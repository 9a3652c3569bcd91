import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startPlatform } from '@sovfn/testkit';
import { expect, test } from 'vitest';

const CODE = `export default { async fetch(request, env) {
  const tries = { put: () => env.FILES.put('a', 'secret'), get: () => env.FILES.get('a'), list: () => env.FILES.list() };
  const said = {};
  for (const [name, attempt] of Object.entries(tries)) said[name] = await attempt().then(() => 'done', (error) => error.message);
  return Response.json(said);
} };`;
const OUTSIDE = 'the object store is in NL, which is not in zone "fr": no bucket there can be used.';

test('a node uses no bucket of a store that is outside of the function’s zone', async () => {
  await using platform = await startPlatform();
  await platform.deploy({ name: 'archive', code: CODE, config: { bindings: { FILES: { type: 'bucket' } } } });
  const said = async (): Promise<unknown> => (await platform.call('/fn/archive/')).json();
  expect(await said()).toEqual({ put: 'done', get: 'done', list: 'done' });

  const file = join(platform.data, 'run', 'node.json');
  const config = JSON.parse(await readFile(file, 'utf8')) as { store: { place: object } };
  expect(config.store.place).toEqual({ country: 'FR', region: null });
  config.store.place = { country: 'NL' };
  await writeFile(file, JSON.stringify(config));
  const ready = platform.untilPart('node', 'ready');
  process.kill(platform.pids.get('node')!, 'SIGTERM');
  await ready;
  expect(await said()).toEqual({ put: OUTSIDE, get: OUTSIDE, list: OUTSIDE });
});
