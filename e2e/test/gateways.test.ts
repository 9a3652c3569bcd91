import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type ClientRequest, get, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { metricsReportSchema, statusSchema } from '@sovfn/protocol';
import { runDoctor } from 'sovfn/platform';
import { startPlatform, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** That one of three gateways gets none of so many connections has a chance below one in 10^20. */
const CONNECTIONS = 120;
const CALLERS = 8;
const UPLOADS = 60;
/** More than travels in one message: the function is called before the body is whole. */
const STREAMED_BYTES = 160 * 1024;

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startPlatform({ fleet: { gateways: 3 } });
  await deploySaying('one');
});
afterAll(() => platform[Symbol.asyncDispose]());

async function deploySaying(word: string): Promise<void> {
  const code = `export default { fetch: () => new Response('${word}') };`;
  await platform.deploy({ name: 'word', code });
}

/** On a connection of its own: the kernel chooses a gateway for a connection, not for a call. */
async function call(path: string): Promise<string> {
  return answerOf(get(`${platform.publicUrl}${path}`, { agent: false }));
}

async function answerOf(asked: ClientRequest): Promise<string> {
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return `${response.statusCode} ${await text(response)}`;
}

/** Different answers of many calls. */
async function answersOf(path: string): Promise<string[]> {
  const answers = new Set<string>();
  let left = CONNECTIONS;
  const callers = Array.from({ length: CALLERS }, async () => {
    while (left-- > 0) answers.add(await call(path));
  });
  await Promise.all(callers);
  return [...answers];
}

async function ask(control: string, path: string): Promise<unknown> {
  const response = await fetch(`${control}${path}`, { headers: { authorization: `Bearer ${platform.token}` } });
  expect(response.status).toBe(200);
  return response.json();
}

const controls = (): string[] => [platform.controlUrl, ...platform.furtherGateways];

/** Calls of the function that each gateway has counted. */
async function countsOf(name: string): Promise<number[]> {
  return Promise.all(
    controls().map(async (control) => {
      const { functions } = metricsReportSchema.parse(await ask(control, `/v1/metrics?function=${name}`));
      return functions[0]?.calls.total ?? 0;
    }),
  );
}

test('three gateways answer on one port, and each counts its share of the calls', async () => {
  await expect.poll(() => answersOf('/fn/word/')).toEqual(['200 one']);
  const before = await countsOf('word');
  expect(await answersOf('/fn/word/')).toEqual(['200 one']);
  const shares = (await countsOf('word')).map((count, position) => count - before[position]!);
  expect(shares).toHaveLength(3);
  expect(Math.min(...shares)).toBeGreaterThan(0);
  expect(shares.reduce((sum, share) => sum + share)).toBe(CONNECTIONS);
  const ids = await Promise.all(
    controls().map(async (control) => statusSchema.parse(await ask(control, '/v1/status'))),
  );
  expect(ids.map(({ gateway }) => gateway.id)).toEqual(['gw-1', 'gw-2', 'gw-3']);
});

test('doctor asks each gateway, and says where', async () => {
  const finding = (await runDoctor({ data: platform.data })).find(({ check }) => check === 'gateways');
  const detail = `3 on the public port, with control APIs at ${controls().join(', ')}`;
  expect(finding).toEqual({ check: 'gateways', state: 'ok', detail, hint: null });
});

test('a deploy shows on all gateways', async () => {
  await deploySaying('two');
  await expect.poll(() => answersOf('/fn/word/')).toEqual(['200 two']);
});

test.for(['gateway', 'gateway-2'] as const)(
  'after kill -9 of the %s the others answer every call, and it is started again',
  async (part) => {
    await expect.poll(() => answersOf('/fn/word/')).toEqual(['200 two']);
    const died = platform.untilPart(part, 'died');
    let isBack = false;
    const back = platform.untilPart(part, 'ready').then(() => (isBack = true));
    const killed = platform.pids.get(part)!;
    process.kill(killed, 'SIGKILL');
    await died;
    const answers = new Set<string>();
    do for (const answer of await answersOf('/fn/word/')) answers.add(answer);
    while (!isBack);
    await back;
    expect([...answers]).toEqual(['200 two']);
    expect(platform.pids.get(part)).not.toBe(killed);
    const before = await countsOf('word');
    await answersOf('/fn/word/');
    const shares = (await countsOf('word')).map((count, position) => count - before[position]!);
    expect(Math.min(...shares)).toBeGreaterThan(0);
  },
);

test('each gateway is asked by a credential of its own, and only the first has a listener for the operator', async () => {
  const configs = await Promise.all(['gateway', 'gateway-2', 'gateway-3'].map(async (part) => readConfig(part)));
  expect(configs.map(({ bus }) => bus.credsFile.split('/').at(-1))).toEqual(['gw-1.creds', 'gw-2.creds', 'gw-3.creds']);
  expect(configs.map(({ operator }) => operator !== undefined)).toEqual([true, false, false]);
});

test('a platform that stops ends the calls that are under way in every gateway', async () => {
  const code = `export default { async fetch(request) { return new Response(String((await request.text()).length)); } };`;
  await platform.deploy({ name: 'length', code });
  await expect.poll(() => answersOf('/fn/length/')).toEqual(['200 0']);
  const uploads = Array.from({ length: UPLOADS }, () => {
    return request(`${platform.publicUrl}/fn/length/`, { agent: false, method: 'POST' });
  });
  const answers = Promise.all(uploads.map(async (upload) => answerOf(upload)));
  for (const upload of uploads) upload.write('x'.repeat(STREAMED_BYTES));
  await expect.poll(inFlight).toSatisfy((counts: number[]) => counts.reduce((sum, one) => sum + one) === UPLOADS);
  expect(Math.min(...(await inFlight()))).toBeGreaterThan(0);
  const stopped = platform[Symbol.asyncDispose]();
  await expect
    .poll(() => call('/fn/length/').catch(({ code: why }: NodeJS.ErrnoException) => why))
    .toBe('ECONNREFUSED');
  for (const upload of uploads) upload.end('y');
  expect([...new Set(await answers)]).toEqual([`200 ${STREAMED_BYTES + 1}`]);
  await stopped;
});

/** Calls that each gateway has under way. */
async function inFlight(): Promise<number[]> {
  const statuses = await Promise.all(
    controls().map(async (control) => statusSchema.parse(await ask(control, '/v1/status'))),
  );
  return statuses.map(({ gateway }) => gateway.inFlight);
}

interface PartConfig {
  readonly bus: { readonly credsFile: string };
  readonly operator?: object;
}

async function readConfig(part: string): Promise<PartConfig> {
  return JSON.parse(await readFile(join(platform.data, 'run', `${part}.json`), 'utf8')) as PartConfig;
}
