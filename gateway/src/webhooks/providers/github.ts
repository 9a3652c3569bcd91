/**
 * GitHub: HMAC-SHA256 of the body in `x-hub-signature-256`. Neither the id nor the time of a delivery is signed: whoever
 * has recorded one can send it again under another id.
 */
import { genuine, malformedHeader, missingHeader, type Scheme, wrongSignature } from '../scheme.ts';
import { decode, hmac, isSigned } from '../signatures.ts';

const SIGNATURE = 'x-hub-signature-256';
const PREFIX = 'sha256=';

export const github: Scheme = {
  credentialHeaders: [],
  verify({ headers, body }, { secrets }) {
    const signature = headers[SIGNATURE];
    if (signature === undefined) return missingHeader(SIGNATURE);
    if (!signature.startsWith(PREFIX)) return malformedHeader(SIGNATURE, 'sha256=<hex>');
    const given = decode(signature.slice(PREFIX.length), 'hex');
    if (!isSigned({ algorithm: 'sha256', parts: [body] }, secrets, [given])) return wrongSignature(SIGNATURE);
    return genuine({ delivery: headers['x-github-delivery'] ?? null, type: headers['x-github-event'] ?? null });
  },
  sign: ({ body, secret, id, type }) => ({
    [SIGNATURE]: PREFIX + hmac(secret, { algorithm: 'sha256', parts: [body] }).toString('hex'),
    'x-github-delivery': id,
    'x-github-event': type ?? 'push',
  }),
};
