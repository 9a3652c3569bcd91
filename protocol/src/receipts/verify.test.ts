import { expect, test } from 'vitest';
import { receiptOf, STORED } from '../../test/version-1-receipts.ts';
import { readableJson } from '../trust/canonical-json.ts';
import type { GatewayHalf, NodeHalf, Receipt } from './receipt.ts';
import { verifyReceipt } from './verify.ts';

const { platformKey, invocations } = STORED;
const { gateway: gatewayHalf, node: nodeHalf } = receiptOf(invocations[0]!);
const BEFORE_1970 = '1969-12-31T23:59:59.800Z';

test.each<[string, Pick<Receipt, 'gateway' | 'node'>]>([
  ['a gateway that names half of who answered', { gateway: inVersion2(gatewayHalf, { cell: null }), node: nodeHalf }],
  ['a call before 1970, by the gateway', { gateway: inVersion2(gatewayHalf, { startedAt: BEFORE_1970 }), node: null }],
  ['a call before 1970, by the node', { gateway: gatewayHalf, node: inVersion2(nodeHalf, { startedAt: BEFORE_1970 }) }],
])('a receipt that says what no record can say is refused: %s', (_what, halves) => {
  const receipt: Receipt = { v: 1, type: 'sovfn-receipt', ...halves };
  expect(() => verifyReceipt(readableJson(receipt), platformKey)).toThrow(
    expect.objectContaining({ code: 'receipt-invalid' }) as Error,
  );
});

function inVersion2<Half extends GatewayHalf | NodeHalf>(half: Half, call: Partial<GatewayHalf['call']>): Half {
  return { ...half, call: { ...half.call, ...call }, batch: { ...half.batch, v: 2 } };
}
