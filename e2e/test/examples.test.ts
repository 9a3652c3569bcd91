import { checkAnswer, makeRequest, readExamples } from '@sovfn-examples/shipped-calls';
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
    const request = await makeRequest(example, call, `${platform.publicUrl}/fn/${example.name}`);
    const answer = await checkAnswer(call.expect, await fetch(request));
    expect(answer.unmet).toEqual([]);
  });
});
