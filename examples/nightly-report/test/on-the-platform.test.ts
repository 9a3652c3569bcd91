import { startFunction, type TestFunction } from 'sovfn/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

let reports: TestFunction;
beforeAll(async () => {
  reports = await startFunction(new URL('..', import.meta.url));
}, 120_000);
afterAll(async () => reports.stop());

test('in the night in which 02:30 comes twice, the report is that of the day before, whichever of the two it is', async () => {
  const sale = { shop: 'Albi', soldAt: '2026-10-24T23:59:59+02:00', net: '3.00', vat: 0 };
  const taken = await reports.fetch('/sales', { method: 'POST', body: JSON.stringify([sale]) });
  expect(taken.status).toBe(201);
  for (const at of ['2026-10-25T02:30+02:00', '2026-10-25T02:30+01:00']) {
    const run = await reports.schedule('nightly', { at });
    expect(run.state).toBe('succeeded');
    expect((await reports.logs(run)).map(({ text }) => text)).toEqual(['report of 2026-10-24: 1 sales']);
  }
  expect((await reports.bucket('REPORTS').list()).objects.map(({ key }) => key)).toEqual(['2026-10-24.csv']);
  expect(await (await reports.fetch('/reports/2026-10-24.csv')).text()).toContain('2026-10-24;TOTAL;1;3,00;0,00;3,00');
});
