import { describe, expect, test } from 'vitest';
import { functionConfigSchema } from '../config.ts';
import { reachChange } from './reach.ts';
import { secretNames, secretUses } from './secret-uses.ts';

const configOf = (more: object) => functionConfigSchema.parse({ name: 'f', main: 'index.ts', ...more });
const EGRESS = ['https://api.stripe.com', 'http://plain.example', 'https://*.example.org', 'https://b.fr:8443'];

test('a secret by name goes to the https origins of egress that name one host, and the code gets a placeholder', () => {
  const [use] = secretUses(configOf({ egress: EGRESS, secrets: ['KEY'] }));
  expect(use).toEqual({
    name: 'KEY',
    isExposed: false,
    isForSigning: false,
    origins: ['https://api.stripe.com', 'https://b.fr:8443'],
    isInUrl: false,
  });
});

test('hosts say where it goes instead: over https, unless they name another scheme', () => {
  const hosts = ['api.stripe.com', '*.example.org', 'http://plain.example'];
  const [use] = secretUses(configOf({ egress: EGRESS, secrets: [{ name: 'KEY', hosts, url: true }] }));
  const origins = ['https://api.stripe.com', 'https://*.example.org', 'http://plain.example'];
  expect(use).toMatchObject({ isExposed: false, origins, isInUrl: true });
});

test('an exposed secret goes nowhere by itself', () => {
  const [use] = secretUses(configOf({ egress: EGRESS, secrets: [{ name: 'KEY', expose: true }] }));
  expect(use).toMatchObject({ isExposed: true, origins: [] });
});

test('a secret for signing goes nowhere, unless hosts are named, and to sign with it is new reach', () => {
  const written = (more: object) => configOf({ egress: EGRESS, secrets: [{ name: 'KEY', ...more }] });
  expect(secretUses(written({ sign: true }))[0]).toMatchObject({ isForSigning: true, origins: [] });
  const [both] = secretUses(written({ sign: true, hosts: ['b.fr:8443'] }));
  expect(both).toMatchObject({ isForSigning: true, origins: ['https://b.fr:8443'] });
  expect(reachChange(written({ hosts: ['b.fr:8443'] }), written({ sign: true }))).toEqual({
    added: ['HMAC (secret KEY)'],
    removed: ['https://b.fr:8443 (secret KEY)'],
  });
});

test.each([
  ['sign beside expose', [{ name: 'KEY', expose: true, sign: true }]],
  ['hosts beside expose', [{ name: 'KEY', expose: true, hosts: ['a.fr'] }]],
  ['url beside expose', [{ name: 'KEY', expose: true, url: true }]],
  ['no host', [{ name: 'KEY', hosts: [] }]],
  ['a path', [{ name: 'KEY', hosts: ['a.fr/path'] }]],
  ['a user', [{ name: 'KEY', hosts: ['a.fr@evil.com'] }]],
  ['a star for everything', [{ name: 'KEY', hosts: ['*'] }]],
  ['another scheme', [{ name: 'KEY', hosts: ['ftp://a.fr'] }]],
  ['a secret twice', ['KEY', { name: 'KEY', expose: true }]],
])('%s is refused', (_what, secrets) => {
  expect(functionConfigSchema.safeParse({ name: 'f', main: 'index.ts', secrets }).success).toBe(false);
});

test('names are those of code and webhooks, each once', () => {
  const webhooks = [{ name: 'stripe', provider: 'stripe', secret: ['HOOK', 'KEY'] }];
  expect(secretNames(configOf({ secrets: ['KEY', { name: 'OTHER', expose: true }], webhooks }))).toEqual([
    'KEY',
    'OTHER',
    'HOOK',
  ]);
});

describe('a version reaches more', () => {
  const before = configOf({ egress: ['https://a.fr'], secrets: ['KEY'] });
  const added = (more: object) => reachChange(before, configOf({ egress: ['https://a.fr'], ...more })).added;

  test('when its code reads a value that it did not', () => {
    expect(added({ secrets: [{ name: 'KEY', expose: true }] })).toEqual(['env.KEY (secret)']);
  });

  test('when a secret may go to a further host, or into its URLs', () => {
    expect(added({ egress: ['https://a.fr', 'https://b.fr'], secrets: ['KEY'] })).toEqual([
      'https://b.fr',
      'https://b.fr (secret KEY)',
    ]);
    expect(added({ secrets: [{ name: 'KEY', url: true }] })).toEqual(['https://a.fr/… (secret KEY)']);
  });

  test('not when it lists a new secret, or says the same in more words', () => {
    expect(added({ secrets: ['KEY', { name: 'NEW', expose: true }] })).toEqual([]);
    expect(added({ secrets: [{ name: 'KEY', hosts: ['a.fr'] }] })).toEqual([]);
  });
});
