/** HMAC as the webhook's `signature` describes it, for senders that have no preset. */
import type { WebhookSignatureConfig } from '@sovfn/protocol';
import { genuine, malformedHeader, missingHeader, type Scheme, wrongSignature } from '../scheme.ts';
import { decode, fingerprintOf, hmac, isSigned, refuseTime, secondsOf, type SignedBytes } from '../signatures.ts';

const BODY = '{body}';

export function makeHmacScheme(config: WebhookSignatureConfig): Scheme {
  const { header, encoding, prefix, timestampHeader = null } = config;
  return {
    credentialHeaders: [],
    verify({ headers, body }, options) {
      const signature = headers[header];
      const timestamp = timestampHeader === null ? null : headers[timestampHeader];
      if (signature === undefined) return missingHeader(header);
      if (timestamp === undefined) return missingHeader(timestampHeader!);
      if (!signature.startsWith(prefix)) return malformedHeader(header, `${prefix}<${encoding}>`);
      const late = timestamp === null ? null : refuseTime(timestampHeader!, timestamp, options);
      if (late !== null) return late;
      const given = decode(signature.slice(prefix.length), encoding);
      const signed = signedBytes(config, body, timestamp);
      if (!isSigned(signed, options.secrets, [given])) return wrongSignature(header);
      return genuine({ fingerprint: timestamp === null ? null : fingerprintOf(signed) });
    },
    sign({ body, secret, now }) {
      const timestamp = timestampHeader === null ? null : secondsOf(now);
      const signature = hmac(secret, signedBytes(config, body, timestamp)).toString(encoding);
      return { [header]: prefix + signature, ...(timestamp === null ? {} : { [timestampHeader!]: timestamp }) };
    },
  };
}

/** The template with the time in it, and the body's own bytes where the body stands. */
function signedBytes(config: WebhookSignatureConfig, body: Buffer, timestamp: string | null): SignedBytes {
  const template = config.signed ?? (timestamp === null ? BODY : `{timestamp}.${BODY}`);
  const [before = '', after = ''] = template.split(BODY).map((text) => text.replace('{timestamp}', timestamp ?? ''));
  return { algorithm: config.algorithm, parts: [before, body, after] };
}
