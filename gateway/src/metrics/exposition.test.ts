import { expect, test } from 'vitest';
import { Exposition } from './exposition.ts';

test('a family is written once, with its help and type in front, whatever the order of its samples', () => {
  const to = new Exposition();
  to.add('sovfn_nodes', ['fr'], 2);
  to.add('sovfn_bus_connected', [], 1);
  to.add('sovfn_nodes', ['eu'], 0.5);
  const help = '# HELP sovfn_nodes Live nodes that satisfy a zone of the gateway.\n# TYPE sovfn_nodes gauge\n';
  expect([...to.toText()][1]).toBe(`${help}sovfn_nodes{zone="fr"} 2\nsovfn_nodes{zone="eu"} 0.5\n`);
});

test('values of labels cannot forge a line', () => {
  const to = new Exposition();
  to.add('sovfn_nodes', ['a"} 1\nforged{b="\\'], 0);
  expect([...to.toText()].join('').split('\n')[2]).toBe('sovfn_nodes{zone="a\\"} 1\\nforged{b=\\"\\\\"} 0');
});

test('the buckets of a histogram are added up, and the last one holds everything', () => {
  const to = new Exposition();
  const labels = ['main', 'f'];
  to.addHistogram('sovfn_call_duration_seconds', labels, { bounds: [0.1, 1], buckets: [3, 0, 2], sum: 7.5 });
  const of = 'tenant="main",function="f"';
  expect([...to.toText()].join('').split('\n').slice(2, -1)).toEqual([
    `sovfn_call_duration_seconds_bucket{${of},le="0.1"} 3`,
    `sovfn_call_duration_seconds_bucket{${of},le="1"} 3`,
    `sovfn_call_duration_seconds_bucket{${of},le="+Inf"} 5`,
    `sovfn_call_duration_seconds_sum{${of}} 7.5`,
    `sovfn_call_duration_seconds_count{${of}} 5`,
  ]);
});

test('a sample with too many or too few labels is a fault of ours', () => {
  expect(() => new Exposition().add('sovfn_nodes', [], 1)).toThrow('0 values for the labels zone');
});
