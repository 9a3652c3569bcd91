import { createHash } from 'node:crypto';
import { outputBodyObject, outputPrefix } from '@sovfn/protocol';
import { openStore } from '@sovfn/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ControlBench } from './control-bench.ts';

const UNKNOWN = '01k2v5w8q9xr3t7yb4n6m0zc1d';

let control: ControlBench;
beforeAll(async () => {
  control = await ControlBench.start();
  const headers = 'content-type\napplication/pdf\n';
  await control.bench.serve({ name: 'pdf', outputs: 'all' }, (served) =>
    served.answer(pdfOf(served.call.url), { headers }),
  );
});
afterAll(() => control[Symbol.asyncDispose]());

const pdfOf = (url: string) => `%PDF of ${new URL(url).pathname}`;

async function call(path: string): Promise<string> {
  const response = await fetch(`${control.bench.url}/fn/pdf${path}`);
  await response.text();
  return response.headers.get('sovfn-invocation')!;
}

test('outputs are listed newest first, page by page, and found by their invocation alone', async () => {
  const made = [await call('/1'), await call('/2'), await call('/3')];
  const list = async (query: string) => {
    const { json } = await control.ask('GET', `/v1/functions/pdf/outputs${query}`);
    const { outputs } = json as { outputs: { invocation: string }[] };
    return outputs.map(({ invocation }) => invocation);
  };
  expect(await list('')).toEqual(made.toReversed());
  expect(await list('?limit=2')).toEqual([made[2], made[1]]);
  expect(await list(`?before=${made[1]}`)).toEqual([made[0]]);
  const { json } = await control.ask('GET', `/v1/outputs/${made[1]}`);
  expect(json).toMatchObject({ invocation: made[1], function: 'pdf', status: 200, contentType: 'application/pdf' });
});

test('the bytes are fetched with their type and length, never to be shown in the API’s name', async () => {
  const invocation = await call('/bytes');
  const response = await control.send('GET', `/v1/outputs/${invocation}/body`);
  expect(await response.text()).toBe('%PDF of /bytes');
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'application/pdf',
    'content-length': '14',
    'content-disposition': 'attachment',
    'x-content-type-options': 'nosniff',
  });
});

test('verifying reads the bytes again: it proves them, and tells when they were changed', async () => {
  const invocation = await call('/proof');
  const sha256 = createHash('sha256').update('%PDF of /proof').digest('hex');
  const verified = await control.ask('POST', `/v1/outputs/${invocation}/verify`);
  expect(verified.json).toEqual({ v: 1, invocation, bytes: 14, sha256 });
  const store = openStore({ ...control.minio.endpoint, tls: false });
  const object = outputBodyObject(outputPrefix('main', 'pdf', invocation));
  const { metadata } = (await store.head('outputs', object))!;
  await store.put('outputs', object, Buffer.from('%PDF of /fraud'), { metadata });
  store.close();
  expect(await control.refused('POST', `/v1/outputs/${invocation}/verify`)).toMatchObject({ code: 'output-corrupted' });
});

test('outputs of a deleted function are still there', async () => {
  await control.bench.serve({ name: 'brief', outputs: 'all' }, (served) => served.answer('kept'));
  const response = await fetch(`${control.bench.url}/fn/brief/`);
  await response.text();
  await control.ask('DELETE', '/v1/functions/brief');
  const invocation = response.headers.get('sovfn-invocation')!;
  expect(await (await control.send('GET', `/v1/outputs/${invocation}/body`)).text()).toBe('kept');
  expect((await control.ask('GET', '/v1/functions/brief/outputs')).json).toMatchObject({ outputs: [{ invocation }] });
});

test('what is no output, and what is no invocation, is said', async () => {
  expect(await control.refused('GET', `/v1/outputs/${UNKNOWN}`)).toMatchObject({
    status: 404,
    code: 'output-not-found',
  });
  expect(await control.refused('GET', `/v1/outputs/${UNKNOWN}/body`)).toMatchObject({ status: 404 });
  expect(await control.refused('GET', '/v1/outputs/latest')).toMatchObject({ status: 400, code: 'bad-request' });
  expect(await control.refused('GET', '/v1/functions/pdf/outputs?limit=0')).toMatchObject({ status: 400 });
});
