import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { checking, is } from '../src/claims.ts';

const webhook = new Webhook(['whsec', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'].join('_'));
const payload = '{"test": 2432232314}';

const headers = (at) => ({
  'webhook-id': 'msg_1',
  'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
  'webhook-signature': webhook.sign('msg_1', at, payload),
});

const refusal = (...args) => {
  try {
    webhook.verify(...args);
    return 'verified';
  } catch (error) {
    return error instanceof WebhookVerificationError ? error.message : String(error);
  }
};

export const claims = {
  'signs as the specification shows': () =>
    is(
      webhook.sign('msg_p5jXN8AQM9LWM0D4loKWxJek', new Date(1614265330000), payload),
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    ),
  'verifies and parses a webhook of now': () => is(webhook.verify(payload, headers(new Date())), { test: 2432232314 }),
  'refuses a changed payload and an old timestamp': () =>
    is(
      [refusal('{"test": 1}', headers(new Date())), refusal(payload, headers(new Date(Date.now() - 3_600_000)))],
      ['No matching signature found', 'Message timestamp too old'],
    ),
};

const handler = checking(claims);
export { handler as default };
