/** A tenant's key that is taken away from the platform, and given back: a file, a key of a transit engine, or an HSM. */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder, startSoftHsm, type TemporaryFolder } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EventWorld } from '../events/event-world.ts';
import type { GatewayConfig } from '../../src/index.ts';
import { GatewayBench } from '../peers/gateway-bench.ts';
import { keyProcesses } from './key-processes.ts';
import { TransitServer } from './transit-server.ts';

const CACHE_MS = 400;
const hsm = await startSoftHsm();
if (typeof hsm === 'string') process.stderr.write(`pkcs11: ${hsm}\n`);
const HOLDERS = ['file', 'vault', ...(typeof hsm === 'string' ? [] : ['pkcs11'])];

interface Holding extends AsyncDisposable {
  readonly bench: GatewayBench;
  readonly world: EventWorld;
  readonly take: (where: 'away' | 'back') => Promise<void>;
}

let folder: TemporaryFolder;
let server: TransitServer;
const holdings = new Map<string, Holding>();

beforeAll(async () => {
  folder = await makeTemporaryFolder('keys');
  server = await TransitServer.start();
  const tokenFile = join(folder.path, 'token');
  await writeFile(tokenFile, `${server.token}\n`);
  const keyFile = join(folder.path, 'main.key');
  holdings.set(
    'file',
    await hold({ provider: 'file', folder: folder.path, cacheMs: CACHE_MS }, (where) =>
      where === 'away' ? rename(keyFile, `${keyFile}.away`) : rename(`${keyFile}.away`, keyFile),
    ),
  );
  const place = { url: server.url, mount: 'transit', keyPrefix: 'sovfn-', tokenFile };
  let key: ReturnType<TransitServer['keys']['get']>;
  holdings.set(
    'vault',
    await hold({ provider: 'vault', ...place, cacheMs: CACHE_MS }, (where) => {
      key ??= server.keys.get('sovfn-main');
      if (where === 'away') server.keys.delete('sovfn-main');
      else server.keys.set('sovfn-main', key!);
      return Promise.resolve();
    }),
  );
  if (typeof hsm === 'string') return;
  const { module, token, pin, environment, tokensFolder } = hsm;
  process.env['SOFTHSM2_CONF'] = environment.SOFTHSM2_CONF;
  const pinFile = join(folder.path, 'pin');
  await writeFile(pinFile, pin);
  holdings.set(
    'pkcs11',
    await hold(
      { provider: 'pkcs11', module, token, pinFile, keyPrefix: 'sovfn-', cacheMs: CACHE_MS },
      async (where) => {
        if (where === 'back') return rename(`${tokensFolder}.away`, tokensFolder);
        await rename(tokensFolder, `${tokensFolder}.away`);
        // SoftHSM goes on with what it has read; hardware that is pulled out does not.
        for (const pid of await keyProcesses()) process.kill(pid, 'SIGKILL');
      },
    ),
  );
});

afterAll(async () => {
  for (const holding of holdings.values()) await holding[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  if (typeof hsm !== 'string') await hsm[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function hold(keys: GatewayConfig['keys'], take: Holding['take']): Promise<Holding> {
  const bench = await GatewayBench.start({ config: { keys } });
  const world = await EventWorld.open(bench);
  const end = async (): Promise<void> => {
    await world[Symbol.asyncDispose]();
    await bench[Symbol.asyncDispose]();
  };
  return { bench, world, take, [Symbol.asyncDispose]: end };
}

const NO_OUTPUTS = { keep: 'none', encrypt: false } as const;

test.each(HOLDERS)(
  '%s: without the key calls are refused with 503 key-unavailable and nothing is accepted; what was accepted waits, and runs when it is back',
  async (holder) => {
    const { bench, world, take } = holdings.get(holder)!;
    const codeOf = (path: string) => answerOf(bench, path);
    await bench.serve({ name: 'held', outputs: NO_OUTPUTS }, (served) => served.answer('fine'));
    await bench.serve({ name: 'other', tenant: 'acme', outputs: NO_OUTPUTS }, (served) => served.answer('fine'));
    const delayed = await world.accept('/fn/held/', { body: 'waits', headers: { 'sovfn-delay': '2' } });
    await take('away');
    await expect.poll(async () => codeOf('/fn/held/')).toBe('503 key-unavailable');
    expect(await codeOf('/fn/acme:other/')).toBe('200');
    const refused = await world.send('/fn/held/', { body: 'refused' });
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([503, 'key-unavailable']);
    expect(await world.pending('held')).toEqual([delayed.event]);
    await take('back');
    expect((await world.ended('held', delayed.event)).state).toBe('succeeded');
    await expect.poll(async () => codeOf('/fn/held/')).toBe('200');
    await expect.poll(() => world.pending('held')).toEqual([]);
  },
);

async function answerOf(bench: GatewayBench, path: string): Promise<string> {
  const response = await fetch(`${bench.url}${path}`);
  const text = await response.text();
  return response.ok ? '200' : `${response.status} ${(JSON.parse(text) as { code: string }).code}`;
}
