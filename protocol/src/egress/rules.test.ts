import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { egressSchema } from '../config/egress.ts';
import { egressChange, EgressRules } from './rules.ts';

function allows(rule: string, url: string): boolean {
  return new EgressRules(egressSchema.parse([rule])).find(new URL(url)) !== null;
}

describe('a rule with a host', () => {
  test.each([
    ['https://api.insee.fr', 'https://api.insee.fr/sirene?q=1', true],
    ['https://api.insee.fr', 'https://API.INSEE.FR:443/', true],
    ['https://api.insee.fr:443', 'https://api.insee.fr/', true],
    ['https://api.insee.fr/', 'https://api.insee.fr/', true],
    ['http://localhost:8080', 'http://localhost:8080/x', true],
    ['https://api.insee.fr', 'http://api.insee.fr/', false],
    ['https://api.insee.fr', 'https://api.insee.fr:444/', false],
    ['https://api.insee.fr', 'https://evil-api.insee.fr/', false],
    ['https://api.insee.fr', 'https://api.insee.fr.evil.com/', false],
    ['https://api.insee.fr', 'https://api.insee.fr@evil.com/', false],
    ['https://api.insee.fr', 'https://api.insee.fr./', false],
  ])('%s and %s: %j', (rule, url, allowed) => expect(allows(rule, url)).toBe(allowed));
});

describe('a star stands for one label', () => {
  test.each([
    ['https://*.example.org', 'https://a.example.org/', true],
    ['https://*.example.org:8443', 'https://a.example.org:8443/', true],
    ['https://*.example.org', 'https://example.org/', false],
    ['https://*.example.org', 'https://a.b.example.org/', false],
    ['https://*.example.org', 'https://aexample.org/', false],
    ['https://*.example.org', 'https://a.example.org.evil.com/', false],
    ['https://*.example.org', 'https://a.example.org:8443/', false],
  ])('%s and %s: %j', (rule, url, allowed) => expect(allows(rule, url)).toBe(allowed));
});

test.each([
  'api.insee.fr',
  'ftp://api.insee.fr',
  'https://api.insee.fr/path',
  'https://api.insee.fr?x',
  'https://user@api.insee.fr',
  'https://*',
  'https://*.fr',
  'https://a.*.fr',
  'https://*.*.example.org',
  'https://*.10.0.0.1',
  'https://exa mple.org',
  'https://0x7f.1',
  '',
])('%j is no rule', (text) => {
  expect(egressSchema.safeParse([text]).success).toBe(false);
});

test('whatever the URL, a rule allows no other scheme, host or port than its own', () => {
  const rules = new EgressRules(['https://api.insee.fr', 'https://*.example.org:8443']);
  fc.assert(
    fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), (text) => {
      const url = new URL(text);
      if (rules.find(url) === null) return;
      expect(url.origin).toMatch(/^https:\/\/(api\.insee\.fr|[^.]+\.example\.org:8443)$/);
    }),
  );
});

test('a change of reach names what is new and what is gone, whatever the spelling', () => {
  expect(egressChange(['https://a.fr', 'https://b.fr'], ['https://B.fr:443', 'https://c.fr'])).toEqual({
    added: ['https://c.fr'],
    removed: ['https://a.fr'],
  });
});

test('more countries are more reach, and so is no bound at all', () => {
  const bound = (...countries: string[]) => [{ origin: 'https://a.fr', countries }];
  expect(egressChange(bound('FR'), bound('FR', 'DE')).added).toEqual(['https://a.fr (DE)']);
  expect(egressChange(bound('FR'), ['https://a.fr']).added).toEqual(['https://a.fr']);
  expect(egressChange(['https://a.fr'], bound('FR'))).toEqual({ added: [], removed: ['https://a.fr'] });
});
