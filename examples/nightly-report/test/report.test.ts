import { expect, test } from 'vitest';
import { memoryBucket } from '../../csv-import/test/memory-bucket.ts';
import handler from '../src/index.ts';
import { dayBefore, parisDay } from '../src/paris-day.ts';
import { reportCsv } from '../src/report.ts';
import { readSales } from '../src/sale.ts';

test('a day is that of Paris, whatever the offset of the instant', () => {
  expect(parisDay(Date.parse('2026-10-24T21:59:59Z'))).toBe('2026-10-24');
  expect(parisDay(Date.parse('2026-10-24T22:00:00Z'))).toBe('2026-10-25');
  expect(parisDay(Date.parse('2026-10-25T22:59:59Z'))).toBe('2026-10-25');
  expect(parisDay(Date.parse('2026-01-01T00:30:00+01:00'))).toBe('2026-01-01');
  expect(['2026-03-30', '2026-10-26', '2026-01-01', '2028-03-01'].map(dayBefore)).toEqual([
    ...['2026-03-29', '2026-10-25', '2025-12-31', '2028-02-29'],
  ]);
});

test('a report has a line for each shop in French order, and the sum of all', () => {
  const sale = (shop: string, net: string, vat: number) => ({ shop, soldAt: '2026-05-01T12:00:00+02:00', net, vat });
  const sales = readSales([sale('Évry', '0.05', 20), sale('Zuydcoote', '1.00', 5.5), sale('Albi', '3.00', 0)]);
  expect(reportCsv('2026-05-01', sales).split('\r\n')).toEqual([
    '\uFEFFjour;magasin;ventes;total HT;TVA;total TTC',
    '2026-05-01;Albi;1;3,00;0,00;3,00',
    '2026-05-01;Évry;1;0,05;0,01;0,06',
    '2026-05-01;Zuydcoote;1;1,00;0,06;1,06',
    '2026-05-01;TOTAL;3;4,05;0,07;4,12',
    '',
  ]);
});

test.each([
  [{}, 'the body must be a list of sales'],
  [[], 'the body must be a list of sales'],
  [[null], 'sale 1 names no shop'],
  [[{ shop: '=cmd()' }], 'sale 1 names no shop'],
  [[{ shop: 'Albi', soldAt: 'yesterday' }], 'sale 1: soldAt is no time with its offset'],
  [[{ shop: 'Albi', soldAt: '2026-05-01T12:00:00Z', net: 12.5 }], 'sale 1: net is no amount such as "12.50"'],
  [[{ shop: 'Albi', soldAt: '2026-05-01T12:00:00Z', net: '12.50', vat: 19.6 }], '19.6 is no VAT rate of France'],
])('%j are no sales', (value, reason) => {
  expect(() => readSales(value)).toThrow(reason);
});

test('sales sent twice are in the report once, and a tick that runs twice writes the same file', async () => {
  const env = { SALES: memoryBucket(), REPORTS: memoryBucket() };
  const sales = [{ shop: 'Albi', soldAt: '2026-05-01T12:00:00+02:00', net: '3.00', vat: 0 }];
  for (let sent = 0; sent < 2; sent++) {
    const request = new Request('https://f/sales', { method: 'POST', body: JSON.stringify(sales) });
    expect((await handler.fetch(request, env)).status).toBe(201);
  }
  const tick = {
    scheduledTime: Date.parse('2026-05-02T02:30+02:00'),
    cron: '',
    name: 'nightly',
    noRetry: () => undefined,
  };
  for (const attempt of [1, 2]) await handler.scheduled({ ...tick, attempt }, env);
  const report = await handler.fetch(new Request('https://f/reports/2026-05-01.csv'), env);
  expect(await report.text()).toContain('2026-05-01;TOTAL;1;3,00;0,00;3,00');
  expect((await handler.fetch(new Request('https://f/reports/2026-05-02.csv'), env)).status).toBe(404);
});
