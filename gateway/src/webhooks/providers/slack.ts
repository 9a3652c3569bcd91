/** Slack: `v0:timestamp:body` signed with HMAC-SHA256. The request that verifies an address is answered with its challenge. */
import { objectField, parseObject, textField } from '../json-fields.ts';
import { genuine, malformedHeader, missingHeader, type Scheme, wrongSignature } from '../scheme.ts';
import { decode, fingerprintOf, hmac, isSigned, refuseTime, secondsOf } from '../signatures.ts';

const SIGNATURE = 'x-slack-signature';
const TIMESTAMP = 'x-slack-request-timestamp';
const PREFIX = 'v0=';
const ADDRESS_CHECK = 'url_verification';
const CHALLENGE = /^[\x20-\x7e]{1,1024}$/;

export const slack: Scheme = {
  credentialHeaders: [],
  verify({ headers, body }, options) {
    const [signature, timestamp] = [headers[SIGNATURE], headers[TIMESTAMP]];
    if (signature === undefined) return missingHeader(SIGNATURE);
    if (timestamp === undefined) return missingHeader(TIMESTAMP);
    if (!signature.startsWith(PREFIX)) return malformedHeader(SIGNATURE, 'v0=<hex>');
    const late = refuseTime(TIMESTAMP, timestamp, options);
    if (late !== null) return late;
    const signed = { algorithm: 'sha256', parts: [`v0:${timestamp}:`, body] } as const;
    const given = decode(signature.slice(PREFIX.length), 'hex');
    if (!isSigned(signed, options.secrets, [given])) return wrongSignature(SIGNATURE);
    const event = parseObject(body);
    const type = textField(objectField(event, 'event'), 'type') ?? textField(event, 'type');
    const challenge = type === ADDRESS_CHECK ? textField(event, 'challenge') : null;
    const reply = challenge !== null && CHALLENGE.test(challenge) ? challenge : null;
    return genuine({ delivery: textField(event, 'event_id'), fingerprint: fingerprintOf(signed), type, reply });
  },
  sign({ body, secret, now }) {
    const timestamp = secondsOf(now);
    const signature = hmac(secret, { algorithm: 'sha256', parts: [`v0:${timestamp}:`, body] }).toString('hex');
    return { [TIMESTAMP]: timestamp, [SIGNATURE]: PREFIX + signature };
  },
};
