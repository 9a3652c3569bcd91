import { createHash } from 'node:crypto';
import { outputListSchema, type OutputList } from '@sovfn/protocol';
import { startPlatform, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startPlatform();
  const code = `export default { async fetch(request: Request) { return new Response(await request.text(), { headers: { 'content-type': 'text/plain' } }); } };`;
  await platform.deploy({ name: 'kept', code, config: { outputs: 'all' } });
});
afterAll(() => platform[Symbol.asyncDispose]());

test('the answer of a call is in the object store as soon as the caller has it, with its checksum', async () => {
  const invocation = await callWith('une facture');
  const [output] = (await listOutputs()).filter((entry) => entry.invocation === invocation);
  const sha256 = createHash('sha256').update('une facture').digest('hex');
  expect(output).toMatchObject({ state: 'stored', status: 200, bytes: 11, sha256, contentType: 'text/plain' });
  expect(await (await platform.control(`/v1/outputs/${invocation}/body`)).text()).toBe('une facture');
  expect((await platform.control(`/v1/outputs/${invocation}/verify`, { method: 'POST' })).ok).toBe(true);
});

test('while the object store is away calls are answered, their outputs wait, and none is lost', async () => {
  const back = platform.untilPart('store', 'ready');
  process.kill(platform.pids.get('store')!, 'SIGKILL');
  const bodies = ['un', 'deux', 'trois'];
  const invocations = await Promise.all(bodies.map(callWith));
  await back;
  await expect.poll(async () => statesOf(invocations), { timeout: 20_000 }).toEqual(['stored', 'stored', 'stored']);
  for (const [index, invocation] of invocations.entries()) {
    expect(await (await platform.control(`/v1/outputs/${invocation}/body`)).text()).toBe(bodies[index]);
  }
});

async function callWith(body: string): Promise<string> {
  const response = await platform.call('/fn/kept/', { method: 'POST', body });
  expect(response.status).toBe(200);
  expect(await response.text()).toBe(body);
  return response.headers.get('sovfn-invocation')!;
}

async function listOutputs(): Promise<OutputList['outputs']> {
  const response = await platform.control('/v1/functions/kept/outputs?limit=100');
  return response.ok ? outputListSchema.parse(await response.json()).outputs : [];
}

async function statesOf(invocations: readonly string[]): Promise<string[]> {
  const outputs = await listOutputs();
  return invocations.map(
    (invocation) => outputs.find((output) => output.invocation === invocation)?.state ?? 'missing',
  );
}
