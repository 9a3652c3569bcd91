import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildFunction } from '@sovfn/builder';
import { describe, expect, test } from 'vitest';
import { memoryBucket } from '../../csv-import/test/memory-bucket.ts';
import { checkAnswer, makeRequest, readExamples } from '../src/index.ts';

const KIB = 1024;

/** What each bundle may weigh. Loading it is the first thing a cold call waits for. */
const BUNDLE_KIB: Readonly<Record<string, number>> = {
  'api-hono': 150,
  'csv-import': 30,
  'invoice-pdf': 900,
  'text-stream': 30,
};

interface FunctionModule {
  readonly default: { fetch(request: Request, env: unknown): Response | Promise<Response> };
}

const examples = await readExamples();

test('every example ships calls', () => {
  expect(examples.map(({ name }) => name)).toEqual(Object.keys(BUNDLE_KIB));
});

for (const example of examples) {
  describe(example.name, async () => {
    const { config, bundle } = await buildFunction(example.folder);
    const buckets = Object.entries(config.bindings).filter(([, { type }]) => type === 'bucket');
    const env = { ...config.vars, ...Object.fromEntries(buckets.map(([name]) => [name, memoryBucket()])) };

    test('is called like its folder', () => {
      expect(config.name).toBe(example.name);
    });

    test('has a small bundle', () => {
      expect(Buffer.byteLength(bundle)).toBeLessThan(BUNDLE_KIB[example.name]! * KIB);
    });

    for (const call of example.calls) {
      test(call.title, async () => {
        const module = (await import(pathToFileURL(join(example.folder, config.main)).href)) as FunctionModule;
        const request = await makeRequest(example, call, 'https://sovfn.example/');
        const { unmet } = await checkAnswer(call.expect, await module.default.fetch(request, env));
        expect(unmet).toEqual([]);
      });
    }
  });
}
