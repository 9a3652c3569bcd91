import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildFunction } from '@sovfn/builder';
import { type FunctionConfig, instantOf } from '@sovfn/protocol';
import type { MessageBatch } from 'sovfn';
import { describe, expect, test } from 'vitest';
import { memoryBucket } from '../../csv-import/test/memory-bucket.ts';
import { memoryKv } from '../../payment-ledger/test/memory-kv.ts';
import { MemoryQueue } from '../../shipping-labels/test/memory-queue.ts';
import { askCall, checkAnswer, makeDelivery, readExamples, type ShippedCall } from '../src/index.ts';

const KIB = 1024;

/** What each bundle may weigh. Loading it is the first thing a cold call waits for. */
const BUNDLE_KIB: Readonly<Record<string, number>> = {
  'api-hono': 150,
  'csv-import': 30,
  'github-changelog': 10,
  'invoice-pdf': 900,
  'nightly-report': 10,
  'payment-ledger': 15,
  'shipping-labels': 20,
  'text-stream': 30,
};

interface FunctionModule {
  readonly default: {
    fetch(request: Request, env: unknown): Response | Promise<Response>;
    queue?(batch: MessageBatch, env: unknown): void | Promise<void>;
    scheduled?(controller: object, env: unknown): void | Promise<void>;
  };
}

const examples = await readExamples();

test('every example ships calls', () => {
  expect(examples.map(({ name }) => name)).toEqual(Object.keys(BUNDLE_KIB));
});

for (const example of examples) {
  describe(example.name, async () => {
    const { config, bundle } = await buildFunction(example.folder);
    const queues = namesOf(config, 'queue').map((name) => [name, new MemoryQueue(name)] as const);
    const buckets = namesOf(config, 'bucket').map((name) => [name, memoryBucket()] as const);
    const kvs = namesOf(config, 'kv').map((name) => [name, memoryKv()] as const);
    const bindings = Object.fromEntries<unknown>([...queues, ...buckets, ...kvs]);
    const env: Record<string, unknown> = { ...config.vars, ...bindings };
    const { default: handler } = (await import(
      pathToFileURL(join(example.folder, config.main)).href
    )) as FunctionModule;

    const unmetOf = async (call: ShippedCall): Promise<readonly string[]> => {
      const send = async (request: Request): Promise<Response> => handler.fetch(withoutReserved(request), env);
      return (await askCall(example, call, { base: 'https://sovfn.example/', send })).unmet;
    };

    test('is called like its folder', () => {
      expect(config.name).toBe(example.name);
    });

    test('has a small bundle', () => {
      expect(Buffer.byteLength(bundle)).toBeLessThan(BUNDLE_KIB[example.name]! * KIB);
    });

    for (const call of example.calls) {
      test(call.title, async () => {
        const unmet = await unmetOf(call);
        for (const [, queue] of queues) await queue.deliver((batch) => handler.queue?.(batch, env));
        expect(unmet).toEqual([]);
      });
    }

    for (const delivery of example.deliveries) {
      test(delivery.title, async () => {
        const answer = await handler.fetch(await makeDelivery(example, delivery), env);
        expect((await checkAnswer(delivery.expect, answer)).unmet).toEqual([]);
        for (const call of delivery.then) expect([call.title, await unmetOf(call)]).toEqual([call.title, []]);
      });
    }

    for (const run of example.runs) {
      test(run.title, async () => {
        const schedule = config.schedules.find(({ name }) => name === run.schedule)!;
        const { name, cron, timezone } = schedule;
        const controller = { scheduledTime: instantOf(run.at, timezone)!, cron, name, attempt: 1 };
        await handler.scheduled!(controller, env);
        for (const call of run.then) expect(await unmetOf(call)).toEqual([]);
      });
    }
  });
}

/** As the platform does: callers cannot set these. */
function withoutReserved(request: Request): Request {
  for (const name of [...request.headers.keys()]) if (name.startsWith('sovfn-')) request.headers.delete(name);
  return request;
}

function namesOf({ bindings }: FunctionConfig, wanted: string): string[] {
  return Object.entries(bindings).flatMap(([name, { type }]) => (type === wanted ? [name] : []));
}
