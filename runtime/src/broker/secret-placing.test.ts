import { describe, expect, test } from 'vitest';
import { secretUses } from '@sovfn/protocol';
import { PlacedSecrets } from '../supervisor/secrets/placed-secrets.ts';
import { type PlaceableRequest, placeSecrets } from './secret-placing.ts';

const VALUES = { KEY: 'sk_live_51H', PATH_KEY: 'T0/B0 ?', LINES: 'one\r\nx-injected: two', READ: 'whsec_readable' };
const USES = secretUses({
  egress: [],
  secrets: [
    { name: 'KEY', hosts: ['api.stripe.com', '*.stripe.example'] },
    { name: 'PATH_KEY', hosts: ['hooks.example', 'http://10.0.0.3:8080'], url: true },
    { name: 'LINES', hosts: ['api.stripe.com'] },
    { name: 'READ', expose: true },
  ],
});

function placed(values: Readonly<Record<string, string>> = VALUES): PlacedSecrets {
  return new PlacedSecrets(USES, { values, versions: {} });
}

const secrets = placed();
const env = secrets.environment as typeof VALUES;

function request(url: string, headers: readonly string[] = [], more: Partial<PlaceableRequest> = {}): PlaceableRequest {
  return { url: new URL(url), headers, body: null, crossedFrom: null, ...more };
}

function place(url: string, headers: readonly string[] = [], more: Partial<PlaceableRequest> = {}) {
  const { path, headers: sent } = placeSecrets(request(url, headers, more), secrets);
  return { path, headers: sent };
}

test('env has placeholders that cannot be guessed, and the values of exposed secrets only', () => {
  expect(env.KEY).toMatch(/^sovfn-secret-[0-9a-f]{32}$/);
  expect(env.READ).toBe(VALUES.READ);
  expect(new Set([env.KEY, env.PATH_KEY, env.LINES, placed().environment['KEY']]).size).toBe(4);
  expect(placed({}).environment).toEqual({});
});

describe('a placeholder is replaced', () => {
  test('in the value of a header, alone or within it', () => {
    const headers = ['x-api-key', env.KEY, 'authorization', `Bearer ${env.KEY}`, 'cookie', `a=1; key=${env.KEY}`];
    expect(place('https://api.stripe.com/v1', headers).headers).toEqual([
      ...['x-api-key', VALUES.KEY, 'authorization', `Bearer ${VALUES.KEY}`, 'cookie', `a=1; key=${VALUES.KEY}`],
    ]);
  });

  test('within the base64 of Basic, whatever stands beside it', () => {
    const basic = (text: string): string[] => ['authorization', `Basic ${Buffer.from(text).toString('base64')}`];
    const sent = place('https://api.stripe.com/', basic(`jérôme:${env.KEY}`));
    expect(sent.headers).toEqual(basic(`jérôme:${VALUES.KEY}`));
    expect(place('https://api.stripe.com/', basic(`${env.LINES}:`)).headers).toEqual(basic(`${VALUES.LINES}:`));
    expect(place('https://elsewhere.example/', basic('user:password')).headers).toEqual(basic('user:password'));
  });

  test('in path and query when the secret says so, encoded, and the slashes of a path stay', () => {
    const { path } = place(`https://hooks.example/services/${env.PATH_KEY}/send?key=${env.PATH_KEY}&a=1`);
    expect(path).toBe('/services/T0/B0%20%3F/send?key=T0%2FB0%20%3F&a=1');
  });

  test('for one label in the place of a star, and over http only for an origin that is named so', () => {
    expect(place('https://eu.stripe.example/', ['k', env.KEY]).headers).toEqual(['k', VALUES.KEY]);
    expect(place('http://10.0.0.3:8080/', ['k', env.PATH_KEY]).headers).toEqual(['k', VALUES.PATH_KEY]);
  });
});

describe('nothing is sent', () => {
  test.each([
    ['to another host', 'https://evil.example/'],
    ['to a host below the approved one', 'https://a.api.stripe.com/'],
    ['to a host above it', 'https://stripe.com/'],
    ['to a host that only begins like it', 'https://api.stripe.com.evil.example/'],
    ['to a host that only ends like it', 'https://evil-api.stripe.com/'],
    ['to a host with the approved one as its user', 'https://api.stripe.com@evil.example/'],
    ['to a host with the approved one in its path', 'https://evil.example/api.stripe.com'],
    ['to another port', 'https://api.stripe.com:8443/'],
    ['over http', 'http://api.stripe.com/'],
    ['to the name with a dot behind', 'https://api.stripe.com./'],
    ['to two labels in the place of a star', 'https://a.b.stripe.example/'],
  ])('%s: secret and host are named, the value is not', (_what, url) => {
    const error = refusalOf(url, ['authorization', `Bearer ${env.KEY}`]);
    expect(error).toContain('fetch failed (secret-not-approved): the secret "KEY" is not approved for');
    expect(error).toContain(`for ${new URL(url).origin}, but for https://api.stripe.com, https://*.stripe.example.`);
    expect(error).not.toContain(VALUES.KEY);
  });

  test('within Basic to another host', () => {
    const credentials = Buffer.from(`user:${env.KEY}`).toString('base64');
    expect(refusalOf('https://evil.example/', ['authorization', `basic ${credentials}`])).toContain(
      'secret-not-approved',
    );
  });

  test('after a redirect from another origin, to an approved host either', () => {
    const error = refusalOf('https://api.stripe.com/', ['k', env.KEY], { crossedFrom: 'https://eu.stripe.example' });
    expect(error).toBe(
      'fetch failed (secret-not-approved): the secret "KEY" does not go to https://api.stripe.com, to which a redirect of https://eu.stripe.example led. Fetch https://api.stripe.com itself if it shall have it.',
    );
  });

  test.each([
    ['path', `https://api.stripe.com/v1/${env.KEY}`],
    ['query', `https://api.stripe.com/v1?key=${env.KEY}`],
  ])('in the %s when the secret does not say so', (_what, url) => {
    expect(refusalOf(url)).toContain('(secret-misplaced): a request to https://api.stripe.com holds the placeholder');
  });

  test.each([
    ['user', `https://${env.PATH_KEY}@hooks.example/`, []],
    ['password', `https://a:${env.PATH_KEY}@hooks.example/`, []],
    ['host', `https://${env.PATH_KEY}.hooks.example/`, []],
    ['name of a header', 'https://hooks.example/', [env.PATH_KEY, 'x']],
  ])('in the %s, also to an approved host', (_what, url, headers) => {
    expect(refusalOf(url, headers)).toContain('secret-misplaced');
  });

  test('in a body that came whole', () => {
    const body = Buffer.from(`client_secret=${env.KEY}`);
    expect(refusalOf('https://api.stripe.com/', [], { body })).toContain('in its body, where it is never replaced');
  });

  test('when the value would break out of its header', () => {
    const error = refusalOf('https://api.stripe.com/', ['k', env.LINES]);
    expect(error).toContain('the value of secret "LINES" cannot stand in the header "k": it holds a line break');
  });

  test('with a placeholder of another function, of another cell, or of a version before', () => {
    const error = refusalOf('https://api.stripe.com/', ['k', placed().environment['KEY']!]);
    expect(error).toContain('(secret-misplaced)');
    expect(error).toContain('of no secret that this function has now');
  });

  test('when the secret was deleted since', () => {
    const own = placed();
    const { KEY } = own.environment;
    expect(own.renew({ values: {}, versions: {} })).toBe(true);
    expect(() => placeSecrets(request('https://api.stripe.com/', ['k', KEY!]), own)).toThrow('(secret-missing)');
  });
});

test('a placeholder in two halves is sent as it is, and means nothing', () => {
  const headers = ['a', env.KEY.slice(0, 20), 'b', env.KEY.slice(20)];
  expect(place('https://elsewhere.example/', headers).headers).toEqual(headers);
});

test('a new value is sent in the place of the same placeholder, and code that reads none keeps its environment', () => {
  const own = placed();
  const { KEY } = own.environment;
  expect(own.renew({ values: { ...VALUES, KEY: 'sk_live_new' }, versions: {} })).toBe(false);
  expect(placeSecrets(request('https://api.stripe.com/', ['k', KEY!]), own).headers).toEqual(['k', 'sk_live_new']);
  expect(own.renew({ values: { ...VALUES, READ: 'changed' }, versions: {} })).toBe(true);
});

test('what was sent is taken out of the answer in each form that it was sent in', () => {
  const basic = Buffer.from(`a:${env.KEY}`).toString('base64');
  const { mask } = placeSecrets(request('https://api.stripe.com/', ['authorization', `Basic ${basic}`]), secrets);
  const sent = Buffer.from(`a:${VALUES.KEY}`).toString('base64');
  expect(mask.text(`${sent} ${VALUES.KEY}`)).toBe(`${basic} ${env.KEY}`);
});

function refusalOf(url: string, headers: readonly string[] = [], more: Partial<PlaceableRequest> = {}): string {
  try {
    place(url, headers, more);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it was placed');
}
