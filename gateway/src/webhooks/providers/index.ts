/** The scheme of each webhook, made once per deploy. */
import type { WebhookConfig } from '@sovfn/protocol';
import type { Scheme } from '../scheme.ts';
import { basic, bearer, unverified } from './credentials.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { makeHmacScheme } from './hmac.ts';
import { shopify } from './shopify.ts';
import { slack } from './slack.ts';
import { standard } from './standard.ts';
import { stripe } from './stripe.ts';
import { svix } from './svix.ts';

const PRESETS = { standard, svix, github, gitlab, stripe, slack, shopify, basic, bearer } as const;

/** `config` has passed its schema: only `verify: "none"` has no provider, and hmac has its signature. */
export function schemeOf({ provider, signature }: Pick<WebhookConfig, 'provider' | 'signature'>): Scheme {
  if (provider === undefined) return unverified;
  return provider === 'hmac' ? makeHmacScheme(signature!) : PRESETS[provider];
}
