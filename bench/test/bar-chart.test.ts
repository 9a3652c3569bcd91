import { expect, test } from 'vitest';
import { type BarChart, drawBarChart } from '../src/report/bar-chart.ts';

const CHART: BarChart = {
  name: 'rate',
  title: 'Calls & answers',
  series: ['calls'],
  groups: [
    { label: 'a <b>', bars: [{ value: 50, text: '50' }], isOurs: true },
    { label: 'other', bars: [{ value: 100, text: '100' }] },
  ],
};

test('a bar is as long as its value, and ours has a colour of its own', () => {
  const bars = [...drawBarChart(CHART).matchAll(/<rect [^>]*width="([\d.]+)"[^>]*class="(\w+)"/g)];
  const [ours, other] = bars.map(([, width, style]) => ({ width: Number(width), style }));
  expect(ours!.width * 2).toBeCloseTo(other!.width);
  expect([ours!.style, other!.style]).toEqual(['s0', 'other']);
});

test('a chart of several series says which bar is which', () => {
  const two = { ...CHART, series: ['p50', 'p99'] };
  expect(drawBarChart(two).match(/>p50<|>p99</g)).toEqual(['>p50<', '>p99<']);
});

test('labels are text, whatever is in them', () => {
  expect(drawBarChart(CHART)).toContain('>a &lt;b></text>');
  expect(drawBarChart(CHART)).toContain('<title>Calls &amp; answers</title>');
});

test('the same figures make the same file', () => {
  expect(drawBarChart(structuredClone(CHART))).toBe(drawBarChart(CHART));
});
