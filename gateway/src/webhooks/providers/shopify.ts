/**
 * Shopify: HMAC-SHA256 of the body, base64, in `x-shopify-hmac-sha256`. Neither the id nor the time of a delivery is
 * signed: whoever has recorded one can send it again under another id.
 */
import { genuine, missingHeader, type Scheme, wrongSignature } from '../scheme.ts';
import { decode, hmac, isSigned } from '../signatures.ts';

const SIGNATURE = 'x-shopify-hmac-sha256';

export const shopify: Scheme = {
  credentialHeaders: [],
  verify({ headers, body }, { secrets }) {
    const signature = headers[SIGNATURE];
    if (signature === undefined) return missingHeader(SIGNATURE);
    const given = decode(signature, 'base64');
    if (!isSigned({ algorithm: 'sha256', parts: [body] }, secrets, [given])) return wrongSignature(SIGNATURE);
    return genuine({ delivery: headers['x-shopify-webhook-id'] ?? null, type: headers['x-shopify-topic'] ?? null });
  },
  sign: ({ body, secret, id, type }) => ({
    [SIGNATURE]: hmac(secret, { algorithm: 'sha256', parts: [body] }).toString('base64'),
    'x-shopify-webhook-id': id,
    'x-shopify-topic': type ?? 'orders/create',
  }),
};
