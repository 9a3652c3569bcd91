/** Stripe: `timestamp.body` signed with HMAC-SHA256 in `stripe-signature: t=…,v1=…`. The whole secret, `whsec_` too, is the key. */
import { parseObject, textField } from '../json-fields.ts';
import { genuine, malformedHeader, missingHeader, type Scheme, wrongSignature } from '../scheme.ts';
import { decode, fingerprintOf, hmac, isSigned, MOST_SIGNATURES, refuseTime, secondsOf } from '../signatures.ts';

const SIGNATURE = 'stripe-signature';
/** A time and a signature are two parts. */
const MOST_PARTS = MOST_SIGNATURES * 2;

export const stripe: Scheme = {
  credentialHeaders: [],
  verify({ headers, body }, options) {
    const header = headers[SIGNATURE];
    if (header === undefined) return missingHeader(SIGNATURE);
    const parts = header.split(',', MOST_PARTS).map((part) => part.trim().split('=', 2));
    const timestamp = parts.find(([name]) => name === 't')?.[1];
    const signatures = parts.filter(([name]) => name === 'v1').map(([, text = '']) => text);
    if (timestamp === undefined || signatures.length === 0) return malformedHeader(SIGNATURE, 't=<seconds>,v1=<hex>');
    const late = refuseTime(SIGNATURE, timestamp, options);
    if (late !== null) return late;
    const given = signatures.map((signature) => decode(signature, 'hex'));
    const signed = { algorithm: 'sha256', parts: [`${timestamp}.`, body] } as const;
    if (!isSigned(signed, options.secrets, given)) return wrongSignature(SIGNATURE);
    const event = parseObject(body);
    const fingerprint = fingerprintOf(signed);
    return genuine({ delivery: textField(event, 'id'), fingerprint, type: textField(event, 'type') });
  },
  sign({ body, secret, now }) {
    const timestamp = secondsOf(now);
    const signature = hmac(secret, { algorithm: 'sha256', parts: [`${timestamp}.`, body] }).toString('hex');
    return { [SIGNATURE]: `t=${timestamp},v1=${signature}` };
  },
};
