import { askCall, type Control, readExamples, sendDelivery, setMissingSecrets } from '@sovfn-examples/shipped-calls';
import { startPlatform, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let platform: TestPlatform;
const control: Control = (path, init) => platform.control(path, init);
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform[Symbol.asyncDispose]());

describe.each(await readExamples())('the example $name', (example) => {
  beforeAll(async () => {
    await platform.deploy(example.folder);
    await setMissingSecrets(control, example);
  });

  test.each(example.calls)('$title', async (call) => {
    const base = `${platform.publicUrl}/fn/${example.name}`;
    const answer = await askCall(example, call, { base, send: (request) => fetch(request) });
    expect(answer.unmet).toEqual([]);
  });

  if (example.deliveries.length === 0) return;
  test.each(example.deliveries)('$title', async (delivery) => {
    expect((await sendDelivery(control, example, delivery)).unmet).toEqual([]);
    const base = `${platform.publicUrl}/fn/${example.name}`;
    for (const call of delivery.then) {
      const answer = await askCall(example, call, { base, send: (request) => fetch(request) });
      expect([call.title, answer.unmet]).toEqual([call.title, []]);
    }
  });
});
