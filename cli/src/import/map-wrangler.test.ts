import { functionConfigSchema } from '@sovfn/protocol';
import { describe, expect, test } from 'vitest';
import { makeSay } from '../language.ts';
import { en } from '../messages/en.ts';
import { type Import, mapWrangler } from './map-wrangler.ts';

function map(content: object, environment: string | null = null, secrets: string[] = []): Import {
  const imported = mapWrangler(
    { name: 'shop', main: 'src/index.ts', ...content },
    { environment, secrets, say: makeSay(en) },
  );
  expect(functionConfigSchema.safeParse(imported.config).error).toBeUndefined();
  return imported;
}

const notesOf = ({ notes }: Import): string[] => notes.map(({ key, kind }) => `${kind} ${key}`);

test('what both know is carried over', () => {
  const { config } = map(
    {
      compatibility_date: '2026-01-01',
      vars: { CURRENCY: 'EUR', LIMITS: { max: 3 } },
      routes: [{ pattern: 'shop.example.org/invoices/*', zone_name: 'example.org' }, 'https://example.org/'],
      triggers: { crons: ['0 17 * * 1', '*/5 * * * MON-FRI'] },
      kv_namespaces: [{ binding: 'STATE', id: 'abc' }],
      r2_buckets: [{ binding: 'ARCHIVE', bucket_name: 'archive' }],
      services: [{ binding: 'PDF', service: 'pdf' }],
      queues: {
        producers: [{ binding: 'JOBS', queue: 'jobs' }],
        consumers: [{ queue: 'jobs', max_batch_size: 20, max_batch_timeout: 5 }],
      },
      limits: { cpu_ms: 100 },
    },
    null,
    ['STRIPE_KEY', 'not a name'],
  );
  expect(config).toEqual({
    $schema: './node_modules/sovfn/sovfn.schema.json',
    name: 'shop',
    main: 'src/index.ts',
    routes: ['/invoices/*', '/'],
    vars: { CURRENCY: 'EUR', LIMITS: '{"max":3}' },
    schedules: [
      { name: 'cron-1', cron: '0 17 * * sun', timezone: 'UTC', overlap: 'allow' },
      { name: 'cron-2', cron: '*/5 * * * MON-FRI', timezone: 'UTC', overlap: 'allow' },
    ],
    bindings: {
      STATE: { type: 'kv' },
      ARCHIVE: { type: 'bucket' },
      PDF: { type: 'service', function: 'pdf' },
      JOBS: { type: 'queue', batchSize: 20, batchWait: '5s' },
    },
    secrets: [{ name: 'STRIPE_KEY', expose: true }],
    limits: { cpuMs: 100 },
  });
});

test('weekdays, which Workers count from Sunday as 1, keep their day', () => {
  const crons = ['0 0 * * 2-6', '0 0 * * 7', '0 0 * * 1,3', '0 0 * * 2#1', '30 1 1 * *'];
  const { config } = map({ triggers: { crons } });
  expect((config['schedules'] as { cron: string }[]).map(({ cron }) => cron)).toEqual([
    ...['0 0 * * mon-fri', '0 0 * * sat', '0 0 * * sun,tue', '0 0 * * mon#1', '30 1 1 * *'],
  ]);
});

describe('nothing is dropped without a word', () => {
  test('what is not there is said, with a reason', () => {
    const imported = map({
      durable_objects: { bindings: [{ name: 'ROOM', class_name: 'Room' }] },
      d1_databases: [{ binding: 'DB' }],
      ai: { binding: 'AI' },
      something_new: true,
      queues: { consumers: [{ queue: 'elsewhere' }] },
      triggers: { crons: ['not a cron'] },
    });
    expect(notesOf(imported)).toEqual([
      'differs triggers.crons',
      'left triggers.crons: not a cron',
      'left queues: elsewhere',
      'left durable_objects',
      'left d1_databases',
      'left ai',
      'left something_new',
      'differs fetch',
    ]);
    for (const { reason } of imported.notes) expect(reason).toMatch(/\.$/);
  });

  test('a key that no project has is left out and said, whatever it is called', () => {
    const imported = map({ constructor: 1, toString: 2 });
    expect(notesOf(imported).filter((note) => note.startsWith('left'))).toEqual(['left constructor', 'left toString']);
  });

  test('a name that functions cannot have is changed, and said', () => {
    const imported = map({ name: 'My_Shop' });
    expect(imported.config.name).toBe('my-shop');
    expect(notesOf(imported)).toContain('differs name');
  });

  test('what no function can have is left out alone, with the rule that is against it', () => {
    const imported = map({
      services: [{ binding: 'PDF', service: 'My_Service' }],
      kv_namespaces: [{ binding: 'my-kv' }, { binding: 'STATE' }],
      limits: { cpu_ms: 900_000 },
      queues: {
        producers: [{ binding: 'JOBS', queue: 'jobs' }],
        consumers: [{ queue: 'jobs', max_batch_size: 500, max_batch_timeout: 5 }],
      },
    });
    expect(imported.config).toMatchObject({
      limits: {},
      bindings: {
        PDF: { type: 'service', function: 'my-service' },
        STATE: { type: 'kv' },
        JOBS: { type: 'queue', batchWait: '5s' },
      },
    });
    expect(notesOf(imported)).toEqual([
      'differs services: My_Service',
      'differs kv_namespaces, r2_buckets',
      'differs fetch',
      'left sovfn.jsonc: limits.cpuMs',
      'left sovfn.jsonc: bindings.my-kv',
      'left sovfn.jsonc: bindings.JOBS.batchSize',
    ]);
  });

  test('whatever stands in the file, what comes out is a valid configuration', () => {
    const odd = {
      vars: 3,
      triggers: [],
      queues: 'x',
      kv_namespaces: {},
      routes: { a: 1 },
      limits: null,
      main: 7,
      env: 1,
    };
    expect(map(odd).config).toMatchObject({ name: 'shop', main: 'src/index.ts' });
  });
});

test('an environment stands above the top of the file, whose bindings and vars it does not inherit', () => {
  const content = {
    vars: { A: 'top' },
    kv_namespaces: [{ binding: 'STATE' }],
    limits: { cpu_ms: 50 },
    env: { production: { vars: { B: 'own' } }, staging: {} },
  };
  const imported = map(content, 'production');
  expect(imported.config).toMatchObject({ name: 'shop-production', vars: { B: 'own' }, limits: { cpuMs: 50 } });
  expect(imported.config['bindings']).toBeUndefined();
  expect(notesOf(imported)).toContain('left env.staging');
});
