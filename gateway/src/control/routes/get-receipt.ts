import { receiptSchema } from '@sovfn/protocol';
import { findReceipt } from '../../receipts/receipt-finder.ts';
import { invocationParameters, noParameters } from '../parameters.ts';
import { defineRoute } from '../route.ts';

export const getReceipt = defineRoute({
  method: 'get',
  path: '/v1/receipts/{invocation}',
  operation: 'getReceipt',
  summary: 'Fetch the receipt of an invocation: what node and gateway have signed about it',
  params: invocationParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'It verifies without the platform.', schema: receiptSchema }],
  errors: ['receipt-not-found', 'bus-unavailable', 'store-unavailable'],
  async handle({ params: { invocation }, tenant }, { connection, config, proofs }) {
    const places = { connection, zones: config.zones, proofs: proofs?.archive ?? null };
    return { json: await findReceipt(places, { tenant, invocation }) };
  },
});
