import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { eventStream, type ServerEvent } from '../src/event-stream.ts';
import { call, eventsOf, postText } from './events.ts';

const report = await readFile(new URL('../input/annual-report.txt', import.meta.url), 'utf8');

describe('the stream', () => {
  test('counts its events, makes progress up to 100 percent, and ends with one result', async () => {
    const answer = await postText(report);
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const events = await eventsOf(answer);
    expect(events.map(({ id }) => id)).toEqual(events.map((_, i) => String(i + 1)));
    expect(events.map(({ event }) => event)).toEqual([...Array<string>(events.length - 1).fill('progress'), 'result']);
    const percents = events.slice(0, -1).map(({ data }) => (data as { percent: number }).percent);
    expect(percents).toEqual(percents.toSorted((a, b) => a - b));
    expect(percents.at(-1)).toBe(100);
  });

  test('of a long text has about a hundred events', async () => {
    const events = await eventsOf(await postText(report.repeat(80)));
    expect(events.length).toBeGreaterThan(50);
    expect(events.length).toBeLessThanOrEqual(102);
  });

  test('waits between events as long as the caller asks', async () => {
    const startedAt = performance.now();
    const events = await eventsOf(await postText('Un.\n\n'.repeat(250), { path: '/?pause=20' }));
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual((events.length - 1) * 19);
  });

  test('begins before the text is read to its end', async () => {
    const answer = await postText(report, { path: '/?pause=1000' });
    const reader = answer.body!.getReader();
    const { value } = await reader.read();
    expect(new TextDecoder().decode(value)).toMatch(/^id: 1\nevent: progress\n/);
    await reader.cancel();
  });
});

describe('a reader', () => {
  async function* numbers(made: number[], ended: { value: boolean }): AsyncGenerator<ServerEvent, void> {
    try {
      for (let i = 1; i <= 1_000; i += 1) {
        made.push(i);
        yield { event: 'number', data: i };
      }
    } finally {
      ended.value = true;
    }
  }

  test('who is slow slows the work', async () => {
    const made: number[] = [];
    const reader = eventStream(numbers(made, { value: false })).getReader();
    for (let i = 0; i < 5; i += 1) await reader.read();
    expect(made.length).toBeLessThanOrEqual(6);
    await reader.cancel();
  });

  test('who leaves ends the work', async () => {
    const ended = { value: false };
    const reader = eventStream(numbers([], ended)).getReader();
    await reader.read();
    await reader.cancel();
    expect(ended.value).toBe(true);
  });
});

describe('requests that are refused', () => {
  test.each([
    ['an empty body', '', 400, 'The text is empty'],
    ['blanks', ' \n\u00a0\n', 400, 'The text is empty'],
    ['bytes that are no UTF-8', Buffer.from('é', 'latin1'), 400, 'The text is not UTF-8'],
    ['500,001 characters', 'a'.repeat(500_001), 413, 'The text has 500001 characters; at most 500000 are read'],
  ])('%s is answered as a problem before the stream begins', async (_what, body, status, detail) => {
    const answer = await postText(body);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({ status, detail });
  });

  test.each(['1001', '-1', '1.5', 'x', ''])('pause=%s is answered 400', async (pause) => {
    const answer = await postText('Bonjour.', { path: `/?pause=${pause}` });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ detail: `pause is "${pause}"; it must be 0–1000 milliseconds` });
  });

  test.each(['application/json', 'text/plain; charset=iso-8859-1', 'text/plainish'])(
    'the content type %s is answered 415',
    async (contentType) => {
      expect((await postText('Bonjour.', { contentType })).status).toBe(415);
    },
  );

  test('another method is answered 405', async () => {
    const answer = await call('/', { method: 'GET' });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST');
  });
});
