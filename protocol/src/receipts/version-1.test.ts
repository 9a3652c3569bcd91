import { expect, test } from 'vitest';
import { receiptOf, STORED } from '../../test/version-1-receipts.ts';
import { readableJson } from '../trust/canonical-json.ts';
import { findInBatch } from './stored-batch.ts';
import { verifyReceipt } from './verify.ts';

const { platformKey, invocations, gateway } = STORED;

test('receipts of batches that were stored in version 1 verify', () => {
  for (const invocation of invocations) {
    const receipt = verifyReceipt(readableJson(receiptOf(invocation)), platformKey);
    expect(receipt.gateway).toMatchObject({ batch: { v: 1 }, call: { invocation } });
    expect(receipt.node).toMatchObject({ batch: { v: 1 }, call: { invocation } });
  }
});

test('no line of a receipt of version 1 can be altered', () => {
  const lines = readableJson(receiptOf(invocations[5]!)).split('\n');
  const altered = lines.map((line) =>
    line.replace(/[A-Za-z0-9](?=[^A-Za-z0-9]*$)/, (last) => (last === '2' ? '3' : '2')),
  );
  const accepted = lines.filter(
    (line, at) => line !== altered[at] && isAccepted(lines.with(at, altered[at]!).join('\n')),
  );
  expect(accepted).toEqual([]);
  expect(isAccepted(lines.join('\n'))).toBe(true);
});

function isAccepted(text: string): boolean {
  try {
    verifyReceipt(text, platformKey);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'receipt-invalid' });
    return false;
  }
}

test('a call of another tenant, or of no batch, is not found in one', () => {
  expect(findInBatch(Buffer.from(gateway), 'other', invocations[0]!)).toBeNull();
  expect(findInBatch(Buffer.from(gateway), 'main', '01k2v5w8q9xr3t7yb4n6m0zc1d')).toBeNull();
});
