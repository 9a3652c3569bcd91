import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { readableJson } from '../trust/canonical-json.ts';
import { type GatewayHalf, type NodeHalf, type Receipt } from './receipt.ts';
import { findInBatch } from './stored-batch.ts';
import { verifyReceipt } from './verify.ts';

/** Made by the code of before: batches of 20 calls, signed by a gateway and a node. */
const file = await readFile(new URL('../../test/batches-of-version-1.json', import.meta.url), 'utf8');
const { platformKey, invocations, gateway, node } = z
  .strictObject({ platformKey: z.string(), invocations: z.array(z.string()), gateway: z.string(), node: z.string() })
  .parse(JSON.parse(file));

const receiptOf = (invocation: string): Receipt => ({
  v: 1,
  type: 'sovfn-receipt',
  gateway: findInBatch(Buffer.from(gateway), 'main', invocation) as GatewayHalf,
  node: findInBatch(Buffer.from(node), 'main', invocation) as NodeHalf,
});

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
