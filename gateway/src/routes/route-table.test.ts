import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type RouteOwner, RouteTable } from './route-table.ts';

interface Owner extends RouteOwner {
  readonly name: string;
}

const owner = (name: string, ...routes: string[]): Owner => ({ name, routes });

test.each([
  ['/invoices', 'exact'],
  ['/invoices/', 'star'],
  ['/invoices/7', 'star'],
  ['/invoices/pdf', 'exact pdf'],
  ['/invoices/pdf/7', 'longer star'],
  ['/invoicesX', null],
  ['/Invoices', null],
  ['/', null],
])('%s leads to %s', (path, expected) => {
  const table = new RouteTable([
    owner('star', '/invoices/*'),
    owner('exact', '/invoices'),
    owner('exact pdf', '/invoices/pdf'),
    owner('longer star', '/invoices/pdf/*'),
  ]);
  expect(table.find(path)?.name ?? null).toBe(expected);
});

test('/* takes every path that nothing else takes', () => {
  const table = new RouteTable([owner('all', '/*'), owner('a', '/a')]);
  expect(['/', '/a', '/a/b', '/x/y/z'].map((path) => table.find(path)?.name)).toEqual(['all', 'a', 'all', 'all']);
});

test('whoever comes first keeps a route, and the other is reported', () => {
  const [first, second] = [owner('first', '/a', '/b/*'), owner('second', '/a', '/b/*', '/c')];
  const table = new RouteTable([first, second]);
  expect([table.find('/a'), table.find('/b/x'), table.find('/c')]).toEqual([first, first, second]);
  expect(table.conflicts).toEqual([
    { route: '/a', owner: first, refused: second },
    { route: '/b/*', owner: first, refused: second },
  ]);
});

const segment = fc.constantFrom('a', 'b', 'ab', 'c');
const path = fc.array(segment, { maxLength: 4 }).map((segments) => `/${segments.join('/')}`);
const route = fc.tuple(path, fc.boolean()).map(([base, star]) => (star ? (base === '/' ? '/*' : `${base}/*`) : base));
const owners = fc.array(fc.array(route, { maxLength: 4 }), { maxLength: 5 });

test('for any routes and any path, the table agrees with trying every route', () => {
  fc.assert(
    fc.property(owners, path, fc.boolean(), (routes, base, slash) => {
      const all = routes.map((list, i) => owner(String(i), ...list));
      const asked = slash && base !== '/' ? `${base}/` : base;
      expect(new RouteTable(all).find(asked)?.name ?? null).toBe(tryEvery(all, asked));
    }),
    { numRuns: 2_000 },
  );
});

/** The longest matching route wins, an exact one above all; among equal routes the first owner. */
function tryEvery(all: readonly Owner[], asked: string): string | null {
  let best: { name: string; rank: number } | null = null;
  for (const { name, routes } of all) {
    for (const candidate of routes) {
      const rank = rankOf(candidate, asked);
      if (rank !== null && (best === null || rank > best.rank)) best = { name, rank };
    }
  }
  return best?.name ?? null;
}

function rankOf(candidate: string, asked: string): number | null {
  if (!candidate.endsWith('/*')) return candidate === asked ? Number.POSITIVE_INFINITY : null;
  const base = candidate.slice(0, -2);
  return asked === base || asked.startsWith(`${base}/`) ? base.length : null;
}
