import { askCall, readExamples } from '@sovfn-examples/shipped-calls';
import { startPlatform, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform[Symbol.asyncDispose]());

describe.each(await readExamples())('the example $name', (example) => {
  beforeAll(async () => {
    await platform.deploy(example.folder);
  });

  test.each(example.calls)('$title', async (call) => {
    const base = `${platform.publicUrl}/fn/${example.name}`;
    const answer = await askCall(example, call, { base, send: (request) => fetch(request) });
    expect(answer.unmet).toEqual([]);
  });
});
