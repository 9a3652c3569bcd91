import { bundleObject } from '@sovfn/protocol';
import { startPlatform, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPlatformStore } from './platform-store.ts';
import { readProblem } from './problem.ts';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform[Symbol.asyncDispose]());

const answering = (text: string): string => `export default { fetch: () => new Response(${JSON.stringify(text)}) };`;

test('a deploy is live at once, a changed one replaces it, an unchanged one does nothing and says so', async () => {
  const first = await platform.deploy({ name: 'live', code: answering('one') });
  expect(first.result).toBe('created');
  expect(await (await platform.call('/fn/live/')).text()).toBe('one');
  const second = await platform.deploy({ name: 'live', code: answering('two') });
  expect(second.result).toBe('updated');
  expect(await (await platform.call('/fn/live/')).text()).toBe('two');
  expect((await platform.deploy({ name: 'live', code: answering('two') })).result).toBe('unchanged');
});

test('vars and limits belong to the version: changing one makes another version', async () => {
  const code = `export default { fetch: (_request: Request, env: { WORD: string }) => new Response(env.WORD) };`;
  const one = await platform.deploy({ name: 'vars', code, config: { vars: { WORD: 'bonjour' } } });
  expect(await (await platform.call('/fn/vars/')).text()).toBe('bonjour');
  const two = await platform.deploy({ name: 'vars', code, config: { vars: { WORD: 'bonsoir' } } });
  expect(two.version).not.toBe(one.version);
  expect(await (await platform.call('/fn/vars/')).text()).toBe('bonsoir');
});

test('of many deploys at once one ends as current, whole: its version and its answer belong together', async () => {
  await platform.deploy({ name: 'race', code: answering('start') });
  const texts = ['a', 'b', 'c', 'd', 'e'];
  const deploys = await Promise.all(texts.map((text) => platform.deploy({ name: 'race', code: answering(text) })));
  const detail = (await (await platform.control('/v1/functions/race')).json()) as { version: string };
  const current = texts[deploys.findIndex((deploy) => deploy.version === detail.version)];
  for (let call = 0; call < 10; call++) expect(await (await platform.call('/fn/race/')).text()).toBe(current);
});

test('during deploys under load every answer is whole and comes from one of the versions', async () => {
  await platform.deploy({ name: 'rolling', code: answering('version 0') });
  let isDone = false;
  const seen = new Map<string, number>();
  const load = Array.from({ length: 8 }, async () => {
    while (!isDone) {
      const response = await platform.call('/fn/rolling/');
      const answer = `${response.status} ${await response.text()}`;
      seen.set(answer, (seen.get(answer) ?? 0) + 1);
    }
  });
  for (let version = 1; version <= 5; version++) {
    await platform.deploy({ name: 'rolling', code: answering(`version ${version}`) });
  }
  isDone = true;
  await Promise.all(load);
  const allowed = [0, 1, 2, 3, 4, 5].map((version) => `200 version ${version}`);
  expect([...seen.keys()].filter((answer) => !allowed.includes(answer))).toEqual([]);
  expect(await (await platform.call('/fn/rolling/')).text()).toBe('version 5');
});

test('a bundle that was changed in the object store is refused, and other functions go on', async () => {
  await platform.deploy({ name: 'steady', code: answering('steady') });
  const { version } = await platform.deploy({ name: 'tampered', code: answering('good') });
  const store = await openPlatformStore(platform);
  const name = bundleObject('main', 'tampered', version);
  const bundle = await store.get('sovfn-bundles', name, { maxBytes: 1_000_000 });
  const changed = Buffer.from(bundle);
  changed[changed.length - 40]! ^= 1;
  await store.put('sovfn-bundles', name, changed, {});
  const problem = await readProblem(await platform.call('/fn/tampered/'));
  expect(problem).toMatchObject({ status: 502, outcome: 'bad-bundle' });
  expect(await (await platform.call('/fn/steady/')).text()).toBe('steady');
  await store.put('sovfn-bundles', name, bundle, {});
  expect(await (await platform.call('/fn/tampered/')).text()).toBe('good');
});

test('a deleted function is gone at once, and can be deployed again', async () => {
  await platform.deploy({ name: 'brief', code: answering('here') });
  expect((await platform.call('/fn/brief/')).status).toBe(200);
  expect((await platform.control('/v1/functions/brief', { method: 'DELETE' })).ok).toBe(true);
  expect((await platform.call('/fn/brief/')).status).toBe(404);
  await platform.deploy({ name: 'brief', code: answering('again') });
  expect(await (await platform.call('/fn/brief/')).text()).toBe('again');
});

test('the stack of an error names the developer’s own file and line', async () => {
  const code = `import { price } from './price';\nexport default { fetch: () => new Response(String(price(null as never))) };\n`;
  const files = {
    'price.ts': `interface Line { amount: number }\n\nexport function price(line: Line): number {\n  return line.amount;\n}\n`,
  };
  await platform.deploy({ name: 'traced', code, files });
  const response = await platform.control('/v1/functions/traced/invoke', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ v: 1, method: 'GET', path: '/', headers: [], body: null }),
  });
  expect(await response.text()).toContain('price.ts:4:15');
});
