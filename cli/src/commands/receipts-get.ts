import { isSovfnError, readableJson, type Receipt, SovfnError } from '@sovfn/protocol';
import { setTimeout } from 'node:timers/promises';
import type { ControlClient } from '../api/control-client.ts';
import { defineCommand, EXIT } from '../command.ts';
import { renderReceipt } from '../render-receipt.ts';

/** Cell, node and gateway each sign what they have every fraction of a second; a busy machine takes longer. */
const ASK_MS = 250;
const MOST_ASKS = 24;

export const receiptsGet = defineCommand({
  examples: ['receipts get 01k2v5w8q9xr3t7yb4n6m0zc1d --json > receipt.json'],
  args: {},
  positionals: { invocation: { summary: 'argument.invocation' } },
  async handler({ invocation }, { connect, output, say, json, signal }) {
    const receipt = await fetchReceipt(await connect(), invocation, signal);
    if (json) await output.bytes(Buffer.from(readableJson(receipt)));
    else output.result(renderReceipt(receipt, { say, output }));
    return EXIT.ok;
  },
});

/** Waits a moment for the half that is still being signed. One whose cell was lost never comes: the other one is given then. */
async function fetchReceipt(client: ControlClient, invocation: string, signal: AbortSignal): Promise<Receipt> {
  let last: Receipt | SovfnError | null = null;
  for (let ask = 0; ask < MOST_ASKS; ask++) {
    if (ask > 0) await setTimeout(ASK_MS, undefined, { signal });
    last = await askOnce(client, invocation);
    if (!(last instanceof SovfnError) && (last.node !== null || last.gateway.call.node === null)) return last;
  }
  if (last instanceof SovfnError) throw last;
  return last!;
}

async function askOnce(client: ControlClient, invocation: string): Promise<Receipt | SovfnError> {
  try {
    return await client.showReceipt(invocation);
  } catch (error) {
    if (isSovfnError(error) && error.code === 'receipt-not-found') return error;
    throw error;
  }
}
