/** The members of a request that a server only carries along: what a browser would do with them does not exist here. */
import { type Dictionary, domString, enumeration, usvString } from '../core/webidl.guest.ts';
import { parseUrl, serializeUrl } from '../url/url-record.guest.ts';

export interface RequestSettings {
  readonly referrer: string;
  readonly referrerPolicy: string;
  readonly mode: string;
  readonly credentials: string;
  readonly cache: string;
  readonly redirect: string;
  readonly integrity: string;
  readonly keepalive: boolean;
}

export const DEFAULT_SETTINGS: RequestSettings = {
  referrer: 'about:client',
  referrerPolicy: '',
  mode: 'cors',
  credentials: 'same-origin',
  cache: 'default',
  redirect: 'follow',
  integrity: '',
  keepalive: false,
};

const REFERRER_POLICIES = [
  '',
  'no-referrer',
  'no-referrer-when-downgrade',
  'same-origin',
  'origin',
  'strict-origin',
  'origin-when-cross-origin',
  'strict-origin-when-cross-origin',
  'unsafe-url',
] as const;
const MODES = ['navigate', 'same-origin', 'no-cors', 'cors'] as const;
const CREDENTIALS = ['omit', 'same-origin', 'include'] as const;
const CACHES = ['default', 'no-store', 'reload', 'no-cache', 'force-cache', 'only-if-cached'] as const;
const PRIORITIES = ['high', 'low', 'auto'] as const;
const REDIRECTS = ['follow', 'error', 'manual'] as const;

/** Settings of a RequestInit over those of another request. Throws TypeError for a value that has no meaning. */
export function convertSettings(init: Dictionary, base: RequestSettings): RequestSettings {
  const choose = <Value extends string>(key: string, values: readonly Value[], otherwise: string): string =>
    init[key] === undefined ? otherwise : enumeration(init[key], values, `Request: ${key}`);
  const cache = choose('cache', CACHES, base.cache);
  const credentials = choose('credentials', CREDENTIALS, base.credentials);
  const integrity = init['integrity'] === undefined ? base.integrity : domString(init['integrity']);
  const keepalive = init['keepalive'] === undefined ? base.keepalive : Boolean(init['keepalive']);
  const mode = choose('mode', MODES, base.mode);
  choose('priority', PRIORITIES, '');
  const redirect = choose('redirect', REDIRECTS, base.redirect);
  const referrer = init['referrer'] === undefined ? base.referrer : convertReferrer(init['referrer']);
  const referrerPolicy = choose('referrerPolicy', REFERRER_POLICIES, base.referrerPolicy);
  if (init['mode'] !== undefined && mode === 'navigate') throw new TypeError('Request: mode "navigate" cannot be set');
  if (cache === 'only-if-cached' && mode !== 'same-origin') {
    throw new TypeError('Request: cache "only-if-cached" needs mode "same-origin"');
  }
  return { referrer, referrerPolicy, mode, credentials, cache, redirect, integrity, keepalive };
}

function convertReferrer(value: unknown): string {
  const text = usvString(value);
  if (text === '') return '';
  const record = parseUrl(text);
  if (record === null) throw new TypeError(`Request: the referrer "${text}" is not a valid URL`);
  return serializeUrl(record);
}
