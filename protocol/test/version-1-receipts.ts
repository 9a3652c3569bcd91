/** Receipts as the code of before made them: of batches of 20 calls, signed by a gateway and a node. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { GatewayHalf, NodeHalf, Receipt } from '../src/receipts/receipt.ts';
import { findInBatch } from '../src/receipts/stored-batch.ts';

const file = await readFile(new URL('batches-of-version-1.json', import.meta.url), 'utf8');

/** `gateway`, `node`: their stored batches. */
export const STORED = z
  .strictObject({ platformKey: z.string(), invocations: z.array(z.string()), gateway: z.string(), node: z.string() })
  .parse(JSON.parse(file));

export function receiptOf(invocation: string): Receipt & { readonly node: NodeHalf } {
  const { gateway, node } = STORED;
  return {
    v: 1,
    type: 'sovfn-receipt',
    gateway: findInBatch(Buffer.from(gateway), 'main', invocation) as GatewayHalf,
    node: findInBatch(Buffer.from(node), 'main', invocation) as NodeHalf,
  };
}
