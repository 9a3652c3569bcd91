import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { makeSay } from './language.ts';
import { en } from './messages/en.ts';
import { Output } from './output.ts';
import type { UpProgress } from './platform/index.ts';
import { UpProgressLines } from './up-progress.ts';

async function linesOf(events: readonly UpProgress[]): Promise<string[]> {
  const stderr = new PassThrough();
  const output = new Output({ stdout: new PassThrough(), stderr }, {});
  const lines = new UpProgressLines({ output, say: makeSay(en), locale: 'en' });
  for (const event of events) lines.show(event);
  stderr.end();
  return (await text(stderr)).split('\n').slice(0, -1);
}

test('a start tells which part is ready, and nothing of what goes without saying', async () => {
  const part = { type: 'part', part: 'bus', detail: null } as const;
  expect(
    await linesOf([
      { ...part, state: 'starting' },
      { ...part, state: 'ready' },
      { ...part, state: 'stopping' },
    ]),
  ).toEqual(['✔ bus is ready']);
});

test('what went wrong is told with its reason, without control characters', async () => {
  expect(
    await linesOf([
      { type: 'part', part: 'node', state: 'died', detail: 'exit code 1\u001b[2J' },
      { type: 'orphan-ended', part: 'store', pid: 42 },
      { type: 'port-moved', name: 'public', from: 8080, to: 45_001 },
    ]),
  ).toEqual([
    'node ended by itself: exit code 1\\u001b[2J',
    'store (process 42) was left behind by an earlier run and has been ended',
    'Port 8080 is taken: public uses 45001',
  ]);
});

test('a long step is told once in a while, not with every piece', async () => {
  const piece = { type: 'downloading', server: 'minio', total: 100_000_000 } as const;
  expect(
    await linesOf([
      { ...piece, bytes: 1_500_000 },
      { ...piece, bytes: 1_600_000 },
    ]),
  ).toEqual(['minio: downloading, 1.5 MB of 100 MB']);
});
