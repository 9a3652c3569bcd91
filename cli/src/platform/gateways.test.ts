import { expect, test } from 'vitest';
import { countGateways } from './gateways.ts';
import { inEndingOrder, isPartName } from './layout.ts';

test.for([
  [1, 1],
  [2, 1],
  [7, 1],
  [8, 2],
  [16, 4],
  [128, 8],
] as const)('with %i cores there are %i gateways unless somebody says otherwise', ([cores, gateways]) => {
  expect(countGateways(null, cores, 'linux')).toBe(gateways);
});

test('where a port cannot be shared there is one gateway, and more are refused', () => {
  expect(countGateways(null, 16, 'darwin')).toBe(1);
  expect(countGateways(1, 16, 'darwin')).toBe(1);
  expect(() => countGateways(2, 16, 'darwin')).toThrow('2 gateways cannot share a port on darwin: that takes Linux');
});

test('all gateways end before the node, and the node before the servers', () => {
  const names = ['bus', 'store', 'gateway', 'gateway-2', 'node', 'gateway-3'] as const;
  expect(inEndingOrder(names)).toEqual([['gateway', 'gateway-2', 'gateway-3'], ['node'], ['store', 'bus']]);
});

test('further gateways are counted from 2', () => {
  const names = ['gateway', 'gateway-2', 'gateway-32', 'gateway-1', 'gateway-02', 'gateway-x', 'cell'];
  expect(names.filter(isPartName)).toEqual(['gateway', 'gateway-2', 'gateway-32']);
});
