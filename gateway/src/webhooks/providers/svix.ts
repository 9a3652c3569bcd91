/** Svix: Standard Webhooks under the names that came before it. Senders with a brand of their own use the standard ones. */
import type { Scheme } from '../scheme.ts';
import { signStandard, verifyStandard } from './standard.ts';

export const svix: Scheme = {
  credentialHeaders: [],
  verify(delivery, options) {
    const isBranded = delivery.headers['svix-id'] === undefined && delivery.headers['webhook-id'] !== undefined;
    return verifyStandard(delivery, options, isBranded ? 'webhook' : 'svix');
  },
  sign: (draft) => signStandard(draft, 'svix'),
};
