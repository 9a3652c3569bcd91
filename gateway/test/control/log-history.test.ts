/** What was logged before: what is kept, found and shown. */
import { FunctionRegistry } from '@sovfn/bus';
import type { LogEvent, LogHistory } from '@sovfn/protocol';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sweepLogs } from '../../src/control/logs/log-sweep.ts';
import { TOKEN } from './control-bench.ts';
import { ending, line, LogBench, TIME } from './log-bench.ts';

let log: LogBench;
beforeAll(async () => {
  log = await LogBench.start();
});
beforeEach(() => log.nextFunction());
afterAll(() => log[Symbol.asyncDispose]());

test('the newest entries come oldest first, and that there are older ones is said', async () => {
  const lines = Array.from({ length: 30 }, (_, i) =>
    line(`${i}`, { time: new Date(Date.parse(TIME) + i).toISOString() }),
  );
  await log.publish(log.batch(lines.slice(0, 20)), log.batch(lines.slice(20), { first: 20 }));
  expect(await log.untilStored(30)).toEqual({
    v: 1,
    entries: lines.map((entry) => log.shown(entry)),
    hasOlder: false,
    gaps: [],
  });
  const newest = await log.history('?limit=5');
  expect([newest.entries.map(({ text }) => text), newest.hasOlder]).toEqual([['25', '26', '27', '28', '29'], true]);
});

test('it outlives the function, and a name that never logged is unknown', async () => {
  await log.publish(log.batch([line('last words')]));
  await log.untilStored(1);
  await log.control.ask('DELETE', `/v1/functions/${log.name}`);
  expect((await log.history()).entries).toMatchObject([{ text: 'last words' }]);
  expect(await log.control.refused('GET', '/v1/functions/never/logs')).toMatchObject({ code: 'function-not-found' });
});

test('since and until leave out what was written before and after', async () => {
  const now = Date.now();
  const at = (ms: number) => new Date(now + ms).toISOString();
  const lines = Array.from({ length: 10 }, (_, second) => line(`${second}`, { time: at(second * 1_000) }));
  await log.publish(log.batch(lines));
  await log.untilStored(10);
  const texts = async (query: string) => (await log.history(query)).entries.map(({ text }) => text).join('');
  expect(await texts(`?since=${at(3_000)}`)).toBe('3456789');
  expect(await texts(`?until=${at(3_000)}`)).toBe('0123');
  expect(await texts(`?since=${at(2_500)}&until=${at(5_500)}&limit=2`)).toBe('45');
  expect(await texts(`?until=${at(-3_600_000)}`)).toBe('');
});

test('a function may have its log kept for less long, and it is removed then', async () => {
  await log.control.bench.untilVisible(await log.control.bench.deploy({ name: log.name, logs: { days: 1 } }));
  const yesterday = line('yesterday', { time: new Date(Date.parse(TIME) - 25 * 3_600_000).toISOString() });
  await log.publish(log.batch([yesterday, line('today')]));
  await log.untilStored(1);
  expect((await log.history()).entries.map(({ text }) => text)).toEqual(['today']);

  await using connection = await log.asController();
  const registry = await FunctionRegistry.open(connection, (key) => expect.unreachable(key));
  const short = log.name;
  await log.nextFunction();
  const other = log.name;
  await log.publish(log.batch([line('kept')]));
  await log.untilStored(1);
  const sweep = { connection, registry, zones: ['fr'], archive: null };
  await sweepLogs(sweep);
  expect([await log.texts('', short), await log.texts('', other)]).toEqual([['today'], ['kept']]);
  await sweepLogs(sweep, Date.now() + 25 * 3_600_000);
  expect([await log.texts('', short), await log.texts('', other)]).toEqual([[], ['kept']]);
  registry.close();
});

test('it survives the end of the gateway and of NATS', async () => {
  await log.publish(log.batch([line('before'), ending()]));
  await log.untilStored(2);
  await log.restartBus('SIGTERM');
  await using second = await log.control.bench.startSecondGateway();
  const headers = { authorization: `Bearer ${TOKEN}` };
  const response = await fetch(`${second.controlUrl}/v1/functions/${log.name}/logs`, { headers });
  expect(await response.json()).toMatchObject({ entries: [{ text: 'before' }, { end: { status: 200 } }], gaps: [] });
  const { events, leave } = await log.follow('', second.controlUrl);
  await log.publish(log.batch([line('after')]));
  expect((await events.next()).data).toMatchObject({ text: 'after' });
  leave();
});

test('another tenant’s lines are never shown, and its cells cannot write into this log', async () => {
  await log.publish(log.batch([line('ours')]));
  await log.untilStored(1);
  await using theirs = await log.control.bench.startSecondGateway(undefined, { tenant: 'other' });
  await log.control.bench.untilVisible(await log.control.bench.deploy({ name: log.name, tenant: 'other' }));
  const stranger = await log.control.bench.cell('c-stranger', 'other');
  await log.publishAs(stranger, 'other', log.batch([line('theirs')]));
  const { events, leave } = await log.follow('', theirs.controlUrl);
  await log.publishAs(stranger, 'main', log.batch([line('smuggled')]));
  await log.publishAs(stranger, 'other', log.batch([line('after')]));
  expect((await events.next()).data).toMatchObject({ text: 'after' });
  leave();
  const headers = { authorization: `Bearer ${TOKEN}` };
  const response = await fetch(`${theirs.controlUrl}/v1/functions/${log.name}/logs`, { headers });
  expect(((await response.json()) as LogHistory).entries.map(({ text }) => text)).toEqual(['theirs', 'after']);
  expect((await log.history()).entries.map(({ text }) => text)).toEqual(['ours']);
});

const OTHER = '01k2v5w8q9xr3t7yb4n6m0zc2e';
const LEFT = '01k2v5w8q9xr3t7yb4n6m0zc3f';
const EVENT = '01k2v5w8q9xr3t7yb4n6m0zc4g';
test.each([
  ['', ['start', 'a', 'b', 'GET 200', 'c', 'Error: no', 'PUT null', 'POST 404', 'canceled']],
  ['?status=ok', ['a', 'b', 'GET 200', 'POST 404']],
  ['?status=error', ['c', 'Error: no', 'PUT null']],
  ['?status=404', ['POST 404']],
  ['?status=4xx', ['POST 404']],
  ['?status=canceled', ['canceled']],
  ['?method=put', ['c', 'Error: no', 'PUT null']],
  ['?level=error', ['Error: no', 'PUT null']],
  ['?level=warn', ['b', 'Error: no', 'PUT null', 'canceled']],
  [`?invocation=${OTHER}&since=${TIME}`, ['c', 'Error: no', 'PUT null']],
  ['?search=ERROR', ['Error: no']],
  ['?search=/Orders', ['PUT null']],
  ['?status=error&search=c', ['c']],
  ['?version=2222', ['POST 404', 'canceled']],
  ['?version=3333', []],
  [`?event=${EVENT}`, ['c', 'Error: no', 'PUT null', 'POST 404']],
  [`?event=${EVENT}&status=error`, ['c', 'Error: no', 'PUT null']],
  ['?event=01k2v5w8q9xr3t7yb4n6m0zc5h', []],
])('with %j these entries are found', async (query, expected) => {
  const [two, three] = [{ invocation: OTHER, event: EVENT, attempt: 2 }, { invocation: LEFT }];
  await log.publish(
    log.batch([line('start', { invocation: null }), line('a'), line('b', { level: 'warn' }), line('c', two), ending()]),
    log.batch(
      [
        line('Error: no', { ...two, level: 'error' }),
        ending({ outcome: 'exception', status: null, method: 'PUT', path: '/orders/7' }, { ...two, level: 'error' }),
      ],
      { first: 5 },
    ),
    log.batch(
      [
        ending({ status: 404, method: 'POST', trigger: 'queue', events: [EVENT] }, three),
        ending({ outcome: 'canceled' }, { level: 'warn', invocation: LEFT }),
      ],
      {
        version: '2'.repeat(64),
      },
    ),
  );
  await log.untilStored(9);
  const name = ({ text, end }: LogEvent) => {
    if (end === null) return text;
    return end.outcome === 'canceled' ? 'canceled' : `${end.method} ${end.status}`;
  };
  expect((await log.history(query)).entries.map(name).toSorted()).toEqual(expected.toSorted());
});

test.each([
  'status=fine',
  'status=600',
  'level=loud',
  'limit=0',
  'limit=10001',
  'since=yesterday',
  'follow=true&until=2026-11-24T12:00:00Z',
  'version=xyz',
  'colour=red',
])('%s is refused', async (query) => {
  expect(await log.control.refused('GET', `/v1/functions/${log.name}/logs?${query}`)).toMatchObject({
    code: 'bad-request',
  });
});
