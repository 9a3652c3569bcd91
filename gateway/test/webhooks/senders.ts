/** Deliveries that somebody else signed: the official libraries where there are any, else plain HMAC. */
import { createHmac, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { functionConfigSchema } from '@sovfn/protocol';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { Webhook as SvixWebhook } from 'svix';
import { schemeOf } from '../../src/webhooks/providers/index.ts';
import type { Scheme } from '../../src/webhooks/scheme.ts';

export const NOW = Date.parse('2026-11-24T09:00:00Z');
export const TOLERANCE_MS = 300_000;
export const BODY = '{"id":"evt_1",  "type":"invoice.paid","amount":1.0,"name":"Crème"}';

export interface Sender {
  readonly config: Record<string, unknown>;
  readonly secret: string;
  readonly otherSecret: string;
  /** Headers without which a delivery is refused. */
  readonly needed: readonly string[];
  readonly send: (body: string, secret: string, now: number) => Record<string, string>;
  /** What is signed: nothing, the body, or the body and the time. */
  readonly covers: 'nothing' | 'body' | 'time';
  readonly delivery: string | null;
  readonly type: string | null;
}

export const whsec = (fill: number): string => `whsec_${Buffer.alloc(32, fill).toString('base64')}`;
const hex = (secret: string, text: string): string => createHmac('sha256', secret).update(text).digest('hex');
export const ed25519 = [1, 2].map(() => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url');
  return { whpk: `whpk_${raw.toString('base64')}`, privateKey };
});
export const seconds = (now: number): string => String(Math.floor(now / 1_000));

export const SENDERS: Readonly<Record<string, Sender>> = {
  'standard, as standardwebhooks signs': {
    config: { provider: 'standard' },
    secret: whsec(1),
    otherSecret: whsec(2),
    needed: ['webhook-id', 'webhook-timestamp', 'webhook-signature'],
    send: (body, secret, now) => ({
      'webhook-id': 'msg_1',
      'webhook-timestamp': seconds(now),
      'webhook-signature': new StandardWebhook(secret).sign('msg_1', new Date(now), body),
    }),
    covers: 'time',
    delivery: 'msg_1',
    type: 'invoice.paid',
  },
  'standard with ed25519': {
    config: { provider: 'standard' },
    secret: ed25519[0]!.whpk,
    otherSecret: ed25519[1]!.whpk,
    needed: ['webhook-id', 'webhook-timestamp', 'webhook-signature'],
    send: (body, secret, now) => {
      const { privateKey } = ed25519.find(({ whpk }) => whpk === secret)!;
      const signature = signBytes(null, Buffer.from(`msg_1.${seconds(now)}.${body}`), privateKey).toString('base64');
      return { 'webhook-id': 'msg_1', 'webhook-timestamp': seconds(now), 'webhook-signature': `v1a,${signature}` };
    },
    covers: 'time',
    delivery: 'msg_1',
    type: 'invoice.paid',
  },
  'svix, as svix signs': {
    config: { provider: 'svix' },
    secret: whsec(3),
    otherSecret: whsec(4),
    needed: ['svix-id', 'svix-timestamp', 'svix-signature'],
    send: (body, secret, now) => ({
      'svix-id': 'msg_2',
      'svix-timestamp': seconds(now),
      'svix-signature': new SvixWebhook(secret).sign('msg_2', new Date(now), body),
    }),
    covers: 'time',
    delivery: 'msg_2',
    type: 'invoice.paid',
  },
  'stripe, as stripe signs': {
    config: { provider: 'stripe' },
    secret: 'whsec_test_secret',
    otherSecret: 'whsec_other_secret',
    needed: ['stripe-signature'],
    send: (payload, secret, now) => {
      const timestamp = Math.floor(now / 1_000);
      return { 'stripe-signature': Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp }) };
    },
    covers: 'time',
    delivery: 'evt_1',
    type: 'invoice.paid',
  },
  github: {
    config: { provider: 'github' },
    secret: 'git secret é',
    otherSecret: 'other',
    needed: ['x-hub-signature-256'],
    send: (body, secret) => ({
      'x-hub-signature-256': `sha256=${hex(secret, body)}`,
      'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      'x-github-event': 'push',
    }),
    covers: 'body',
    delivery: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    type: 'push',
  },
  'gitlab with a signing token': {
    config: { provider: 'gitlab' },
    secret: whsec(5),
    otherSecret: whsec(6),
    needed: ['webhook-id', 'webhook-timestamp', 'webhook-signature'],
    send: (body, secret, now) => ({
      'webhook-id': 'f5e5f430-f57b-4e6e-9fac-d9128cd7232f',
      'webhook-timestamp': seconds(now),
      'webhook-signature': new StandardWebhook(secret).sign(
        'f5e5f430-f57b-4e6e-9fac-d9128cd7232f',
        new Date(now),
        body,
      ),
      'x-gitlab-event': 'Push Hook',
    }),
    covers: 'time',
    delivery: 'f5e5f430-f57b-4e6e-9fac-d9128cd7232f',
    type: 'Push Hook',
  },
  'gitlab with a legacy token': {
    config: { provider: 'gitlab' },
    secret: 'legacy-token',
    otherSecret: 'other-token!',
    needed: ['x-gitlab-token'],
    send: (_body, secret) => ({ 'x-gitlab-token': secret, 'idempotency-key': 'k-1', 'x-gitlab-event': 'Push Hook' }),
    covers: 'nothing',
    delivery: 'k-1',
    type: 'Push Hook',
  },
  slack: {
    config: { provider: 'slack' },
    secret: '8f742231b10e8888abcd99yyyzzz85a5',
    otherSecret: 'other',
    needed: ['x-slack-signature', 'x-slack-request-timestamp'],
    send: (body, secret, now) => ({
      'x-slack-signature': `v0=${hex(secret, `v0:${seconds(now)}:${body}`)}`,
      'x-slack-request-timestamp': seconds(now),
    }),
    covers: 'time',
    delivery: null,
    type: 'invoice.paid',
  },
  shopify: {
    config: { provider: 'shopify' },
    secret: 'hush',
    otherSecret: 'other',
    needed: ['x-shopify-hmac-sha256'],
    send: (body, secret) => ({
      'x-shopify-hmac-sha256': createHmac('sha256', secret).update(body).digest('base64'),
      'x-shopify-webhook-id': 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
      'x-shopify-topic': 'orders/create',
    }),
    covers: 'body',
    delivery: 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
    type: 'orders/create',
  },
  'hmac of the body': {
    config: {
      provider: 'hmac',
      signature: { header: 'X-Sign', algorithm: 'sha512', encoding: 'base64url', prefix: 's=' },
    },
    secret: 'key of mine',
    otherSecret: 'key of others',
    needed: ['x-sign'],
    send: (body, secret) => ({ 'x-sign': `s=${createHmac('sha512', secret).update(body).digest('base64url')}` }),
    covers: 'body',
    delivery: null,
    type: null,
  },
  'hmac of time and body': {
    config: {
      provider: 'hmac',
      signature: { header: 'x-sign', timestampHeader: 'X-Time', signed: 'v2|{timestamp}|{body}|end' },
    },
    secret: 'key of mine',
    otherSecret: 'key of others',
    needed: ['x-sign', 'x-time'],
    send: (body, secret, now) => ({
      'x-sign': hex(secret, `v2|${seconds(now)}|${body}|end`),
      'x-time': seconds(now),
    }),
    covers: 'time',
    delivery: null,
    type: null,
  },
  basic: {
    config: { provider: 'basic' },
    secret: 'erp:pass:wörd',
    otherSecret: 'erp:other',
    needed: ['authorization'],
    send: (_body, secret) => ({ authorization: `Basic ${Buffer.from(secret).toString('base64')}` }),
    covers: 'nothing',
    delivery: null,
    type: null,
  },
  bearer: {
    config: { provider: 'bearer' },
    secret: 'token-1',
    otherSecret: 'token-2',
    needed: ['authorization'],
    send: (_body, secret) => ({ authorization: `Bearer ${secret}` }),
    covers: 'nothing',
    delivery: null,
    type: null,
  },
};

/** The scheme of a webhook as sovfn.jsonc writes it. */
export function schemeFor(config: Record<string, unknown>): Scheme {
  const webhooks = [{ name: 'in', secret: 'SECRET', ...config }];
  return schemeOf(functionConfigSchema.parse({ name: 'f', main: 'index.ts', webhooks }).webhooks[0]!);
}
