/** What is particular to a provider. */
import { createHmac } from 'node:crypto';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { Webhook as SvixWebhook } from 'svix';
import { describe, expect, test } from 'vitest';
import type { Verdict } from '../../src/webhooks/scheme.ts';
import { BODY, ed25519, NOW, schemeFor, seconds, SENDERS, TOLERANCE_MS, whsec } from './senders.ts';

describe('what we sign, the official libraries accept:', () => {
  const draft = { body: Buffer.from(BODY), id: 'msg_9', type: null, now: Date.now() };

  test('stripe', () => {
    const headers = schemeFor({ provider: 'stripe' }).sign({ ...draft, secret: 'whsec_x' }) as Record<string, string>;
    expect(new Stripe('sk_test').webhooks.constructEvent(BODY, headers['stripe-signature']!, 'whsec_x')).toMatchObject({
      id: 'evt_1',
    });
  });

  test('standardwebhooks', () => {
    const headers = schemeFor({ provider: 'standard' }).sign({ ...draft, secret: whsec(1) }) as Record<string, string>;
    expect(new StandardWebhook(whsec(1)).verify(BODY, headers)).toMatchObject({ id: 'evt_1' });
  });

  test('svix', () => {
    const headers = schemeFor({ provider: 'svix' }).sign({ ...draft, secret: whsec(1) }) as Record<string, string>;
    expect(() => new SvixWebhook(whsec(1)).verify(BODY, headers)).not.toThrow();
  });
});

describe('standard webhooks', () => {
  const scheme = schemeFor({ provider: 'standard' });
  const verify = (headers: Record<string, string>, secrets: readonly string[]): Verdict =>
    scheme.verify({ headers, body: Buffer.from(BODY) }, { secrets, now: NOW, toleranceMs: TOLERANCE_MS });
  const headers = SENDERS['standard, as standardwebhooks signs']!.send(BODY, whsec(1), NOW);

  test('one good signature among several is enough, also behind versions that are not known', () => {
    const signature = `v2,AAAA v1,${Buffer.alloc(32).toString('base64')} ${headers['webhook-signature']!}`;
    expect(verify({ ...headers, 'webhook-signature': signature }, [whsec(1)]).verdict).toBe('genuine');
  });

  test('a good signature behind more than sixteen is not looked for', () => {
    const signature = `${`v1,${Buffer.alloc(32).toString('base64')} `.repeat(16)}${headers['webhook-signature']!}`;
    expect(verify({ ...headers, 'webhook-signature': signature }, [whsec(1)]).verdict).toBe('refused');
  });

  test('an ed25519 signature is not taken for an HMAC, nor the other way round', () => {
    const swapped = headers['webhook-signature']!.replace('v1,', 'v1a,');
    expect(verify({ ...headers, 'webhook-signature': swapped }, [whsec(1), ed25519[0]!.whpk]).verdict).toBe('refused');
  });

  test('the public key is no key of an HMAC', () => {
    const key = Buffer.from(ed25519[0]!.whpk.slice(5), 'base64');
    const signature = createHmac('sha256', key)
      .update(`msg_1.${seconds(NOW)}.${BODY}`)
      .digest('base64');
    const forged = { ...headers, 'webhook-signature': `v1,${signature}` };
    expect(verify(forged, [ed25519[0]!.whpk]).verdict).toBe('refused');
  });

  test('an id with a dot, which could move into the time, is refused', () => {
    expect(verify({ ...headers, 'webhook-id': 'msg.1' }, [whsec(1)])).toMatchObject({ check: 'header' });
  });

  test.each(['whsec_', 'whsec_not base64!', 'whpk_AAAA', 'whsk_AAAA', '?'])(
    'the secret %s is said to be no key',
    (secret) => {
      expect(verify(headers, [secret])).toMatchObject({ verdict: 'unusable' });
      expect(scheme.sign({ body: Buffer.from(BODY), secret, id: 'x', type: null, now: NOW })).toMatchObject({
        verdict: 'unusable',
      });
    },
  );

  test('with the private key of ed25519 a test delivery can be signed and verified', () => {
    const seed = Buffer.from(ed25519[0]!.privateKey.export({ format: 'jwk' }).d!, 'base64url');
    const secret = `whsk_${seed.toString('base64')}`;
    const signed = scheme.sign({ body: Buffer.from(BODY), secret, id: 'x', type: null, now: NOW });
    expect(verify(signed as Record<string, string>, [ed25519[0]!.whpk]).verdict).toBe('genuine');
    expect(verify(signed as Record<string, string>, [secret]).verdict).toBe('genuine');
  });
});

describe('gitlab', () => {
  const scheme = schemeFor({ provider: 'gitlab' });
  const verify = (headers: Record<string, string>, secrets: readonly string[]): Verdict =>
    scheme.verify({ headers, body: Buffer.from(BODY) }, { secrets, now: NOW, toleranceMs: TOLERANCE_MS });

  test('a signing token that is sent in the clear is not accepted', () => {
    expect(verify({ 'x-gitlab-token': whsec(5) }, [whsec(5)])).toMatchObject({ verdict: 'refused', check: 'header' });
    expect(verify({ 'x-gitlab-token': whsec(5) }, [whsec(5), 'legacy'])).toMatchObject({ check: 'credentials' });
  });

  test('on the way from a token to a signing token, both are accepted', () => {
    const signed = SENDERS['gitlab with a signing token']!.send(BODY, whsec(5), NOW);
    expect(verify(signed, [whsec(5), 'legacy']).verdict).toBe('genuine');
    expect(verify({ 'x-gitlab-token': 'legacy' }, [whsec(5), 'legacy']).verdict).toBe('genuine');
  });

  test('the token is not passed on', () => expect(scheme.credentialHeaders).toContain('x-gitlab-token'));
});

describe('slack', () => {
  const { send } = SENDERS['slack']!;
  const scheme = schemeFor({ provider: 'slack' });
  const verify = (body: string): Verdict =>
    scheme.verify(
      { headers: send(body, 's', NOW), body: Buffer.from(body) },
      { secrets: ['s'], now: NOW, toleranceMs: TOLERANCE_MS },
    );

  test('the verification of an address is answered with its challenge', () => {
    expect(verify('{"type":"url_verification","challenge":"3eZbrw1a"}')).toMatchObject({ reply: '3eZbrw1a' });
  });

  test('a challenge that could be more than text is not sent back', () => {
    expect(verify('{"type":"url_verification","challenge":"a\\r\\nb"}')).toMatchObject({ reply: null });
  });

  test('an event has its id and inner type', () => {
    const body = '{"type":"event_callback","event_id":"Ev01","event":{"type":"app_mention"}}';
    expect(verify(body)).toMatchObject({ delivery: 'Ev01', type: 'app_mention', reply: null });
  });

  test('a slash command has no id: what was signed tells it apart', () => {
    expect(verify('command=%2Fpay&trigger_id=1')).toMatchObject({
      delivery: null,
      fingerprint: expect.any(String) as string,
    });
  });
});

test.each(['slack', 'hmac of time and body'])(
  '%s: a signature that is written in another way is the same delivery',
  (name) => {
    const { config, send, secret } = SENDERS[name]!;
    const options = { secrets: [secret], now: NOW, toleranceMs: TOLERANCE_MS };
    const verify = (headers: Record<string, string>): Verdict =>
      schemeFor(config).verify({ headers, body: Buffer.from('no JSON') }, options);
    const headers = send('no JSON', secret, NOW);
    const shouted = Object.fromEntries(
      Object.entries(headers).map(([header, value]) => [
        header,
        value.replace(/[0-9a-f]{64}/, (hexes) => hexes.toUpperCase()),
      ]),
    );
    expect(shouted).not.toEqual(headers);
    expect(verify(shouted)).toEqual(verify(headers));
    expect(verify(headers)).toMatchObject({ verdict: 'genuine', fingerprint: expect.any(String) as string });
  },
);

test('svix senders with a brand of their own use the standard names', () => {
  const headers = SENDERS['standard, as standardwebhooks signs']!.send(BODY, whsec(1), NOW);
  const options = { secrets: [whsec(1)], now: NOW, toleranceMs: TOLERANCE_MS };
  expect(schemeFor({ provider: 'svix' }).verify({ headers, body: Buffer.from(BODY) }, options).verdict).toBe('genuine');
});

test('several v1 signatures of stripe, as while a secret is rolled, need one that is good', () => {
  const { send } = SENDERS['stripe, as stripe signs']!;
  const [time, good] = send(BODY, 'a', NOW)['stripe-signature']!.split(',');
  const [, bad] = send(BODY, 'b', NOW)['stripe-signature']!.split(',');
  const options = { secrets: ['a'], now: NOW, toleranceMs: TOLERANCE_MS };
  const verify = (header: string): Verdict =>
    schemeFor({ provider: 'stripe' }).verify(
      { headers: { 'stripe-signature': header }, body: Buffer.from(BODY) },
      options,
    );
  expect(verify([time, bad, good].join(',')).verdict).toBe('genuine');
  expect(verify([time, bad].join(',')).verdict).toBe('refused');
  expect(verify([time, good!.replace('v1', 'v0')].join(',')).verdict).toBe('refused');
});

test('a secret without a password is none for basic', () => {
  const options = { secrets: ['user'], now: NOW, toleranceMs: TOLERANCE_MS };
  expect(schemeFor({ provider: 'basic' }).verify({ headers: {}, body: Buffer.from('') }, options).verdict).toBe(
    'unusable',
  );
});
