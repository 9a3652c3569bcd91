import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { makeTemporaryFolder, startPlatform, type TemporaryFolder, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Erasure,
  erasureAnswerSchema,
  type ErasureCertificate,
  outputListSchema,
  signedErasureSchema,
  tenantDetailSchema,
  tokenListSchema,
} from '@sovfn/protocol';
import { type Given, runInProcess } from './run-in-process.ts';

const CODE = `export default {
  async fetch(request, env) {
    const body = await request.text();
    if (body !== '') {
      await env.STATE.put('last', body);
      await env.FILES.put('last.txt', body);
      await env.JOBS.send(body, { delaySeconds: 3600 });
      console.log(body);
    }
    return new Response([await env.STATE.get('last'), env.KEY].join(' '));
  },
  async queue() {},
};`;

const CONFIG = {
  main: 'index.ts',
  outputs: 'all',
  secrets: [{ name: 'KEY', expose: true }],
  bindings: { STATE: { type: 'kv' }, FILES: { type: 'bucket' }, JOBS: { type: 'queue' } },
};

let platform: TestPlatform;
let folder: TemporaryFolder;
const tokens = new Map<string, string>();
beforeAll(async () => {
  folder = await makeTemporaryFolder('erasure');
  platform = await startPlatform();
  for (const tenant of ['acme', 'neighbour']) await fill(tenant);
}, 240_000);
afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const sovfn = (argv: readonly string[], given: Given = {}) =>
  runInProcess(argv, { cwd: folder.path, ...given, env: { ...platform.environment, ...given.env } });
const as = (tenant: string): Given => {
  const token = tokens.get(tenant)!;
  return { env: { SOVFN_TOKEN: token, SOVFN_OPERATOR_TOKEN: token } };
};
const canaryOf = (tenant: string): string => `canary-of-${tenant}-9d41c6`;
const call = async (tenant: string): Promise<[number, string]> => {
  const response = await platform.call(`/fn/${tenant}:keeps/`);
  return [response.status, await response.text()];
};

test('what a tenant keeps in the object store is shown by bucket, with its bytes', async () => {
  const shown = await sovfn(['tenants', 'show', 'neighbour']);
  expect(shown.stdout).toMatch(/^tenant +neighbour\n/);
  const { storage } = tenantDetailSchema.parse(
    JSON.parse((await sovfn(['tenants', 'show', 'neighbour', '--json'])).stdout),
  );
  const data = storage.buckets.find(({ bucket }) => bucket === 'sovfn-data');
  expect(data).toEqual({ bucket: 'sovfn-data', objects: 1, bytes: canaryOf('neighbour').length });
  expect(storage.buckets.find(({ bucket }) => bucket === 'sovfn-bundles')!.bytes).toBeGreaterThan(CODE.length / 2);
  expect(shown.stdout).toContain('What waits on the bus is not counted.');
  expect((await sovfn(['tenants', 'show', 'nobody'])).stderr).toContain('(tenant-not-found)');
});

describe('until the notice is over', () => {
  test('everything works, nothing can be carried out, and it can be called off', async () => {
    const announced = await sovfn(['tenants', 'erase', 'acme']);
    expect(announced).toMatchObject({ code: 0, stderr: '' });
    const inThreeWeeks = new Date(Date.now() + 21 * 86_400_000).toISOString().slice(0, 10);
    expect(announced.stdout).toContain(`The erasure of acme is announced. Until ${inThreeWeeks}`);
    const early = await sovfn(['tenants', 'erase', 'acme', '--carry-out', '--yes']);
    expect([early.code, early.stderr]).toEqual([1, expect.stringContaining('and the notice ends at') as string]);
    expect((await sovfn(['tenants', 'list'])).stdout).toMatch(/acme .* erasure announced\n/);
    expect(await call('acme')).toEqual([200, `${canaryOf('acme')} secret of acme`]);
    expect(await sovfn(['tenants', 'erase', 'acme', '--cancel'])).toMatchObject({
      code: 0,
      stdout: '✔ the erasure of acme is called off\n',
    });
    expect((await sovfn(['tenants', 'erase', 'acme', '--carry-out', '--yes'])).stderr).toContain(
      'no erasure is announced',
    );
  });

  test('nobody carries it out without a confirmation, and nobody but the operator', async () => {
    await sovfn(['tenants', 'erase', 'acme', '--notice', '0s']);
    expect((await sovfn(['tenants', 'erase', 'acme', '--carry-out'])).stderr).toContain('nobody has confirmed it');
    for (const tenant of ['acme', 'neighbour']) {
      const refused = await sovfn(['tenants', 'erase', 'acme', '--carry-out', '--yes'], as(tenant));
      expect(refused.stderr).toContain('(unauthorized)');
    }
    expect((await sovfn(['tenants', 'erase', 'main'])).stderr).toContain('the tenant that the platform begins with');
    expect((await call('acme'))[0]).toBe(200);
  });
});

describe('an erased tenant', () => {
  let certificate = '';
  beforeAll(async () => {
    expect((await filesWith(canaryOf('acme'))).length).toBeGreaterThan(1);
    const done = await sovfn(['tenants', 'erase', 'acme', '--carry-out', '--yes']);
    expect(done).toMatchObject({ code: 0, stderr: `Certificate: ${join(folder.path, 'acme-erasure.json')}\n` });
    expect(done.stdout).toMatch(/key of the tenant +destroyed\n/);
    certificate = await readFile(join(folder.path, 'acme-erasure.json'), 'utf8');
  }, 120_000);

  test('has a certificate that verifies offline, says what was removed, and fails when it is altered', async () => {
    const key = join(platform.data, 'platform-key.json');
    const offline = { env: { SOVFN_URL: 'http://127.0.0.1:1' } };
    const verify = (file: string) => sovfn(['tenants', 'verify-erasure', file, '--key', key], offline);
    const valid = await verify('acme-erasure.json');
    expect(valid.code).toBe(0);
    expect(valid.stdout).toMatch(/^✔ The certificate is the platform’s own/);
    const { removed, dataKeys, actor } = signedErasureSchema.parse(JSON.parse(certificate)).certificate;
    expect([removed.functions, removed.secrets, removed.tokens, actor]).toEqual([1, 1, 1, 'operator']);
    expect(dataKeys).toBeGreaterThan(3);
    expect(Object.keys(removed.messages)).toEqual(expect.arrayContaining(['KV_kv-fr', 'QUE_fr']));
    expect(removed.objects['sovfn-data']).toBe(1);
    for (const [from, to] of [
      ['"tenant": "acme"', '"tenant": "acmf"'],
      ['"tenantKey": "destroyed"', '"tenantKey": "held-by-owner"'],
      ['"secrets": 1', '"secrets": 0'],
    ]) {
      await writeFile(join(folder.path, 'altered.json'), certificate.replace(from!, to!));
      expect((await verify('altered.json')).stderr).toContain('(erasure-invalid)');
    }
  });

  test('is gone: its functions, tokens, files and its key; what NATS keeps on its disk cannot be opened', async () => {
    expect((await call('acme'))[0]).toBe(404);
    expect((await sovfn(['list'], as('acme'))).stderr).toContain('(unauthorized)');
    expect(await filesWith(canaryOf('acme'))).toEqual([]);
    await expect(stat(join(platform.data, 'keys', 'tenants', 'acme.key'))).rejects.toThrow('ENOENT');
  });

  test('leaves its name to nobody, and is asked for again in vain', async () => {
    expect((await sovfn(['tenants', 'list'])).stdout).toMatch(/acme .* erased\n/);
    expect((await sovfn(['tenants', 'create', 'acme'])).stderr).toContain('(tenant-exists)');
    const token = await sovfn(['tokens', 'create', 'again', '--tenant', 'acme', '--role', 'owner']);
    expect(token.stderr).toContain('it was erased at');
    const again = await sovfn(['tenants', 'erase', 'acme', '--carry-out', '--yes', '--out', 'again.json']);
    expect(again.code).toBe(0);
    expect(await readFile(join(folder.path, 'again.json'), 'utf8')).toBe(certificate);
  });

  test('was erased by steps that stand in the audit log', async () => {
    const text = (await sovfn(['audit', 'export', '--tenant', 'acme'])).stdout;
    for (const action of ['announceErasure', 'cancelErasure', 'eraseTenant', 'tenantErased']) {
      expect(text).toContain(`"${action}"`);
    }
  });

  test('takes nothing of its neighbour along', async () => {
    expect(await call('neighbour')).toEqual([200, `${canaryOf('neighbour')} secret of neighbour`]);
    expect((await sovfn(['list'], as('neighbour'))).stdout).toContain('keeps');
    expect((await filesWith(canaryOf('neighbour'))).length).toBeGreaterThan(1);
    const listed = await sovfn(['outputs', 'list', 'keeps', '--json'], as('neighbour'));
    const { outputs } = outputListSchema.parse(JSON.parse(listed.stdout));
    expect(outputs.length).toBeGreaterThan(0);
  });
});

describe('an erasure whose gateway is killed', () => {
  test('again and again ends in the certificate that it would have had, when it is carried out again', async () => {
    for (const tenant of ['broken', 'whole']) {
      await fill(tenant);
      await untilSettled(tenant);
      await sovfn(['tenants', 'erase', tenant, '--notice', '0s']);
    }
    // What there is was counted and noted, and the first of it goes; nobody has a token any more; the key is gone.
    await eraseAndKillGateway('broken', async () => (await progressOf('broken')) !== null);
    const { startedAt, removed } = (await progressOf('broken'))!;
    await eraseAndKillGateway('broken', async () => (await tokensOf('broken')) === 0);
    const key = join(platform.data, 'keys', 'tenants', 'broken.key');
    await eraseAndKillGateway('broken', async () => (await stat(key).catch(() => null)) === null);
    const broken = await certificateOf('broken');
    const whole = await certificateOf('whole');
    expect(broken).toMatchObject({ startedAt, removed, tenantKey: 'destroyed' });
    const countsOf = ({ dataKeys, tenantKey, removed: all }: ErasureCertificate) => {
      // How much of a log has been copied to the store is a matter of when.
      const { 'sovfn-logs': _logs, ...objects } = all.objects;
      const { tokens: known, functions, secrets } = all;
      return { dataKeys, tenantKey, known, functions, secrets, objects, streams: Object.keys(all.messages).toSorted() };
    };
    expect(countsOf(broken)).toEqual(countsOf(whole));
    expect(await filesWith(canaryOf('broken'))).toEqual([]);
  }, 240_000);

  const erasureOf = async (tenant: string): Promise<Erasure | null> => {
    const response = await platform.operator(`/v1/tenants/${tenant}/erasure`);
    return erasureAnswerSchema.parse(await response.json()).erasure;
  };

  async function progressOf(tenant: string) {
    const erasure = await erasureOf(tenant);
    return erasure?.state === 'under-way' ? erasure.progress : null;
  }

  async function tokensOf(tenant: string): Promise<number> {
    const response = await platform.operator(`/v1/tokens?tenant=${tenant}`);
    return tokenListSchema.parse(await response.json()).tokens.length;
  }

  /** Kills the gateway when the erasure has come so far, or further and to its end, and waits for the next one. */
  async function eraseAndKillGateway(tenant: string, hasComeSoFar: () => Promise<boolean>): Promise<void> {
    const isThere = platform.untilPart('gateway', 'ready');
    const path = `/v1/tenants/${tenant}/erasure/carry-out`;
    const asked = platform.operator(path, { method: 'POST' }).catch((error: unknown) => error);
    while (!(await hasComeSoFar())) continue;
    process.kill(platform.pids.get('gateway')!, 'SIGKILL');
    await asked;
    await isThere;
  }

  async function certificateOf(tenant: string): Promise<ErasureCertificate> {
    const argv = ['tenants', 'erase', tenant, '--carry-out', '--yes', '--out', `${tenant}.json`];
    expect(await sovfn(argv)).toMatchObject({ code: 0 });
    return signedErasureSchema.parse(JSON.parse(await readFile(join(folder.path, `${tenant}.json`), 'utf8')))
      .certificate;
  }

  /** Both of its calls have left what they leave. */
  async function untilSettled(tenant: string): Promise<void> {
    const list = async () => (await sovfn(['outputs', 'list', 'keeps', '--json'], as(tenant))).stdout;
    while (
      outputListSchema.parse(JSON.parse(await list())).outputs.filter(({ state }) => state === 'stored').length < 2
    )
      continue;
    const logs = async () => (await sovfn(['logs', 'keeps'], as(tenant))).stdout;
    while ((await logs()).split(canaryOf(tenant)).length < 3) continue;
  }
});

/** A tenant with a function, and something of it wherever the platform keeps things. */
async function fill(tenant: string): Promise<void> {
  await sovfn(['tenants', 'create', tenant]);
  tokens.set(tenant, (await sovfn(['tokens', 'create', 'first', '--tenant', tenant, '--role', 'owner'])).stdout.trim());
  const source = join(folder.path, tenant);
  await mkdir(source);
  await writeFile(join(source, 'sovfn.jsonc'), JSON.stringify({ name: 'keeps', ...CONFIG }));
  await writeFile(join(source, 'index.ts'), CODE);
  await sovfn(['secrets', 'set', 'keeps', 'KEY'], { ...as(tenant), stdin: `secret of ${tenant}` });
  expect(await sovfn(['deploy', source], as(tenant))).toMatchObject({ code: 0 });
  const address = `/fn/${tenant}:keeps/`;
  const kept = await platform.call(address, { method: 'POST', body: canaryOf(tenant) });
  expect(await kept.text()).toBe(`${canaryOf(tenant)} secret of ${tenant}`);
  await platform.call(address, { method: 'POST', body: canaryOf(tenant), headers: { prefer: 'respond-async' } });
}

async function filesWith(text: string): Promise<string[]> {
  const entries = await readdir(platform.data, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    // What MinIO empties every five minutes.
    if (path.includes('/.trash/')) continue;
    const bytes = await readFile(path).catch(() => Buffer.alloc(0));
    if (bytes.includes(text)) found.push(relative(platform.data, path));
  }
  return found;
}
