/**
 * Signs callbacks as Standard Webhooks (v1, HMAC-SHA256). Each function has a key of its own, made from the platform's
 * secret, so that all gateways have it and none has to be kept. A receiver's owner reads it with `sovfn callback-key`.
 */
import { createHmac, hkdfSync } from 'node:crypto';
import type { FunctionAddress } from '@sovfn/protocol';

const PURPOSE = 'sovfn callback key';
const KEY_BYTES = 32;
const KEY_PREFIX = 'whsec_';

export class CallbackKeys {
  readonly #secret: string;

  /** `secret`: one that all gateways of the platform have, and nobody else. */
  constructor(secret: string) {
    this.#secret = secret;
  }

  /** As receivers configure it: `whsec_` and base64. */
  show(of: Omit<FunctionAddress, 'zone'>): string {
    return KEY_PREFIX + this.#key(of).toString('base64');
  }

  /** Headers for a callback that is sent at `time`. `id` stays the same over all attempts. */
  sign(of: FunctionAddress, id: string, time: Date, body: Buffer): Readonly<Record<string, string>> {
    const timestamp = String(Math.floor(time.getTime() / 1_000));
    const signature = createHmac('sha256', this.#key(of)).update(`${id}.${timestamp}.`).update(body).digest('base64');
    return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
  }

  #key({ tenant, function: name }: Omit<FunctionAddress, 'zone'>): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#secret, '', `${PURPOSE} ${tenant}:${name}`, KEY_BYTES));
  }
}
