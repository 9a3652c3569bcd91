import { expect, test } from 'vitest';
import { type Build, buildFunction, KeptPackages } from '../src/index.ts';
import { type Files, type Folder, makeFunctionFolder } from './folder.ts';
import { runInIsolate } from './isolate.ts';

const manifest = (fields: object = {}): string =>
  JSON.stringify({ name: 'x', type: 'module', main: 'index.js', ...fields });

/** Two packages that share a third, which counts how often it runs; what nobody uses of them is large. */
const PACKAGES: Files = {
  'package.json': manifest(),
  'node_modules/once/package.json': manifest(),
  'node_modules/once/index.js': `globalThis.runs = (globalThis.runs ?? 0) + 1; export const runs = () => globalThis.runs;`,
  'node_modules/left/package.json': manifest(),
  'node_modules/left/index.js': `import { runs } from 'once';
export class Left { runs() { return runs(); } }
export const further = () => 'further';
export const unused = () => '${'unused '.repeat(1_000)}';
export default 'default of left';`,
  'node_modules/right/package.json': manifest(),
  'node_modules/right/index.js': `import { runs } from 'once'; export { runs as ofRight };`,
};

const USUAL = `import { Left } from 'left'; import { ofRight } from 'right'; export default { a: 1, runs: [new Left().runs(), ofRight()] };`;

/** Builds twice, so that the second build has what the first one kept. */
async function buildTwice(folder: Folder, packages: KeptPackages): Promise<Build> {
  await buildFunction(folder.path, { packages });
  await packages.settled();
  return buildFunction(folder.path, { packages });
}

test('a later build has the same modules once each, without what nobody uses, and the same places in its map', async () => {
  await using folder = await makeFunctionFolder({ ...PACKAGES, 'src/index.ts': USUAL });
  const packages = new KeptPackages();
  await buildTwice(folder, packages);
  await folder.write({ 'src/index.ts': USUAL.replace('a: 1', 'a: 2') });
  const later = await buildFunction(folder.path, { packages });
  expect(packages.isEmpty).toBe(false);
  expect(await runInIsolate(later.bundle, 'handler')).toEqual({ a: 2, runs: [1, 1] });
  expect(later.bundle).not.toContain('unused');
  const whole = await buildFunction(folder.path);
  expect(later.inputs).toEqual(whole.inputs);
  const sourcesOf = ({ sourceMap }: Build) => (JSON.parse(sourceMap) as { sources: string[] }).sources.toSorted();
  expect(sourcesOf(later)).toEqual(sourcesOf(whole));
});

test.each([
  ['a further export', `import { further } from 'left'; export default further();`, 'further'],
  ['a default export', `import left from 'left'; export default left;`, 'default of left'],
  [
    'all exports',
    `import * as left from 'left'; export default Object.keys(left).join();`,
    'Left,default,further,unused',
  ],
  ['a package that was not imported before', `import { runs } from 'once'; export default runs();`, 1],
  [
    'a built-in of Node',
    `import { Left } from 'left'; import path from 'node:path'; export default path.join('a', String(new Left().runs()));`,
    'a/1',
  ],
  [
    'a global of Node',
    `import { Left } from 'left'; export default process.env.NONE ?? 'a' + new Left().runs();`,
    'a1',
  ],
])('a build that needs %s has it', async (_, code, handler) => {
  await using folder = await makeFunctionFolder({ ...PACKAGES, 'src/index.ts': USUAL });
  const packages = new KeptPackages();
  await buildTwice(folder, packages);
  await folder.write({ 'src/index.ts': code });
  const later = await buildFunction(folder.path, { packages });
  expect(await runInIsolate(later.bundle, 'handler')).toEqual(handler);
  expect(packages.isEmpty).toBe(true);
});

test('a package that has changed is what the next build has', async () => {
  await using folder = await makeFunctionFolder({ ...PACKAGES, 'src/index.ts': USUAL });
  const packages = new KeptPackages();
  await buildTwice(folder, packages);
  await folder.write({ 'node_modules/right/index.js': `export const ofRight = () => 'changed';` });
  const later = await buildFunction(folder.path, { packages });
  expect(await runInIsolate(later.bundle, 'handler')).toEqual({ a: 1, runs: [1, 'changed'] });
});

test('modules run in the order of a whole build, also where one of the function runs before a package', async () => {
  await using folder = await makeFunctionFolder({
    ...PACKAGES,
    'node_modules/order/package.json': manifest(),
    'node_modules/order/index.js': `globalThis.order ??= []; globalThis.order.push('package'); export const order = globalThis.order;`,
    'src/first.ts': `globalThis.order = ['first'];`,
    'src/index.ts': `import './first.ts'; import { order } from 'order'; export default order;`,
  });
  expect(await runInIsolate((await buildTwice(folder, new KeptPackages())).bundle, 'handler')).toEqual([
    'first',
    'package',
  ]);
});

test('where what packages share would run earlier than it must, everything is bundled', async () => {
  await using folder = await makeFunctionFolder({
    'package.json': manifest(),
    'node_modules/p/package.json': manifest({ exports: { './a': './a.js', './b': './b.js' } }),
    'node_modules/p/first.js': `globalThis.seen = ['first'];`,
    'node_modules/p/shared.js': `globalThis.seen = [...(globalThis.seen ?? []), 'shared']; export const seen = globalThis.seen;`,
    'node_modules/p/a.js': `import './first.js'; export { seen } from './shared.js';`,
    'node_modules/p/b.js': `import { seen } from './shared.js'; export const b = () => seen;`,
    'src/index.ts': `import { seen } from 'p/a'; import { b } from 'p/b'; export default [...seen, b() === seen];`,
  });
  const packages = new KeptPackages();
  const later = await buildTwice(folder, packages);
  expect(await runInIsolate(later.bundle, 'handler')).toEqual(['first', 'shared', true]);
  expect(packages.isEmpty).toBe(true);
});

test('a package in CommonJS is bundled each time', async () => {
  await using folder = await makeFunctionFolder({
    'node_modules/c/package.json': JSON.stringify({ name: 'c', main: 'index.js' }),
    'node_modules/c/index.js': `exports.count = 0; exports.add = () => { exports.count += 1; };`,
    'src/index.ts': `import * as c from 'c'; c.add(); export default c.count;`,
  });
  const packages = new KeptPackages();
  const later = await buildTwice(folder, packages);
  expect(await runInIsolate(later.bundle, 'handler')).toBe(1);
  expect(packages.isEmpty).toBe(true);
});

test('an error of a later build is that of a whole one', async () => {
  await using folder = await makeFunctionFolder({ ...PACKAGES, 'src/index.ts': USUAL });
  const packages = new KeptPackages();
  await buildTwice(folder, packages);
  await folder.write({ 'src/index.ts': `import { absent } from 'left'; export default absent;` });
  const messageOf = async (building: Promise<Build>): Promise<string> =>
    building.then(
      () => 'none',
      (error: unknown) => (error as Error).message,
    );
  const later = await messageOf(buildFunction(folder.path, { packages }));
  expect(later).toBe(await messageOf(buildFunction(folder.path)));
  expect(later).not.toBe('none');
});
