import Stripe from 'stripe';
import { checking, is } from '../src/claims.ts';

const stripe = new Stripe('sk_test_123');
const secret = 'whsec_test_secret';
const payload = JSON.stringify({ id: 'evt_1', object: 'event', type: 'invoice.paid' }, null, 2);
const signature = () => stripe.webhooks.generateTestHeaderStringAsync({ payload, secret });

export const claims = {
  'verifies the signature of a webhook: constructEventAsync': async () => {
    const event = await stripe.webhooks.constructEventAsync(payload, await signature(), secret);
    return is([event.id, event.type], ['evt_1', 'invoice.paid']);
  },
  'refuses a webhook of another secret and a changed one': async () => {
    const header = await signature();
    const refused = ({ type }) => type;
    return is(
      [
        await stripe.webhooks.constructEventAsync(payload, header, 'whsec_other').catch(refused),
        await stripe.webhooks.constructEventAsync(payload + ' ', header, secret).catch(refused),
      ],
      ['StripeSignatureVerificationError', 'StripeSignatureVerificationError'],
    );
  },
  'has constructEventAsync only: the synchronous form says so': async () => {
    const header = await signature();
    try {
      stripe.webhooks.constructEvent(payload, header, secret);
      return is('verified', 'thrown');
    } catch (error) {
      return is(error.message.includes('constructEventAsync'), true);
    }
  },
};

const handler = checking(claims);
export { handler as default };
