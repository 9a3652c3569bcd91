import { expect, test } from 'vitest';
import { readCpuProfile, readHeapProfile, selfByFunction, totalOf } from '../src/profile/call-tree.ts';
import { flameGraph } from '../src/profile/flame-graph.ts';

const frame = (functionName: string, url = '', lineNumber = -1) => ({ functionName, url, lineNumber });

test('CPU time is added up by function, without the time in which the process waited', () => {
  const tree = readCpuProfile({
    nodes: [
      { id: 1, callFrame: frame('(root)'), children: [2, 3, 4] },
      { id: 2, callFrame: frame('(idle)') },
      { id: 3, callFrame: frame('send', 'file:///sovfn/bus/src/wire.ts', 9), children: [5] },
      { id: 4, callFrame: frame('write') },
      { id: 5, callFrame: frame('write') },
    ],
    samples: [2, 3, 5, 4, 5],
    timeDeltas: [1_000, 10, 20, 5, 40],
  });
  expect(totalOf(tree)).toBe(75);
  expect(selfByFunction(tree).slice(0, 2)).toEqual([
    ['write', 65],
    ['send bus/src/wire.ts:10', 10],
  ]);
});

test('a flame graph shows callers below what they call, as wide as what they use, whatever their names are', () => {
  const leaf = { callFrame: frame('<b>&'), selfSize: 300, children: [] };
  const tree = readHeapProfile({ head: { callFrame: frame('(root)'), selfSize: 100, children: [leaf] } });
  const svg = flameGraph(tree, { title: 'bytes', show: (value) => `${value} B` });
  expect(svg).toContain('<title>(root): 400 B, 100.0 %</title>');
  expect(svg).toContain('<title>&lt;b&gt;&amp;: 300 B, 75.0 %</title>');
  expect(svg.match(/<rect x="0.0" y="\d+" width="[\d.]+"/g)).toEqual([
    '<rect x="0.0" y="48" width="1599.5"',
    '<rect x="0.0" y="30" width="1199.5"',
  ]);
});
