import { expect, test } from 'vitest';
import { buildFunction } from '../src/index.ts';
import { type Files, makeFunctionFolder } from './folder.ts';
import { runInIsolate } from './isolate.ts';

interface Case {
  readonly title: string;
  readonly files: Files;
  readonly main?: string;
  /** Of the default export `handler`. */
  readonly expression: string;
  readonly result: unknown;
}

const NASTY_TEXTS = [
  'export { x as default };',
  '\nexport{x as default};\n',
  "import('node:fs')",
  'import.meta.url',
  '`${import("x")}` // export{x as default};\n',
  '/* export {',
  '*/ }})()',
  '</script>\u2028\u2029é😀\\u{61}',
  '"use strict";(async()=>{',
];

const NASTY_CODE = `
// export{nothing as default};
/* export { nothing as default }; import('x'); import.meta */
const asRegExp = /export\\{[a-z] as default\\};|import\\(|import\\.meta|[/"'\`]/.source;
const asTemplate = \`\${'export{a as default};'}
export{b as default};
\`;
const asTagged = String.raw\`export{é as default};\\n\${1}\`;
export default { texts: ${JSON.stringify(NASTY_TEXTS)}, asRegExp, asTemplate, asTagged };
/*! export{legal as default}; */
// export{last as default};`;

const CASES: readonly Case[] = [
  {
    title: 'text that looks like module syntax stays text',
    files: { 'src/index.ts': NASTY_CODE },
    expression: 'handler',
    result: {
      texts: NASTY_TEXTS,
      asRegExp: 'export\\{[a-z] as default\\};|import\\(|import\\.meta|[/"\'`]',
      asTemplate: 'export{a as default};\nexport{b as default};\n',
      asTagged: 'export{é as default};\\n1',
    },
  },
  {
    title: 'an object is the handler',
    files: { 'src/index.ts': `export default { async fetch() { return 'bonjour'; } };` },
    expression: 'await handler.fetch()',
    result: 'bonjour',
  },
  {
    title: 'a named function, a class, an arrow function and a generator can be the default export',
    files: {
      'src/index.ts': `import a from './a.ts'; import B from './b.ts'; import c from './c.ts'; import D from './d.ts'; import e from './e.ts';
        export default async () => [a(), new B().name, await c(), new D() instanceof D, ...e()];`,
      'src/a.ts': `export default function named() { return 'a'; }`,
      'src/b.ts': `export default class Été { name = 'b'; }`,
      'src/c.ts': `export default async () => 'c';`,
      'src/d.ts': `export default class {}`,
      'src/e.ts': `export default function* () { yield 'e'; }`,
    },
    expression: 'await handler()',
    result: ['a', 'b', 'c', true, 'e'],
  },
  {
    title: 'a handler exported under an alias works beside named exports, those named then and __proto__ too',
    files: {
      'src/index.ts': `const handler = { a: 1 }; const then = () => { throw new Error('taken for a promise'); };
        const __proto__ = { b: 2 }; export { handler as default, then, __proto__, handler as 'x}y' };`,
    },
    expression: 'handler',
    result: { a: 1 },
  },
  {
    title: 'a re-exported handler works',
    files: {
      'src/index.ts': `export { handler as default } from './handler.ts'; export * from './handler.ts';`,
      'src/handler.ts': `export const handler = { from: 'handler' }; export const other = 1;`,
    },
    expression: 'handler',
    result: { from: 'handler' },
  },
  {
    title: 'a module namespace can be the handler',
    files: {
      'src/index.ts': `export * as default from './handler.ts';`,
      'src/handler.ts': `export const fetch = () => 'f';`,
    },
    expression: 'handler.fetch()',
    result: 'f',
  },
  {
    title: 'a CommonJS entry file works',
    files: {
      'src/index.cjs': `const { two } = require('./two.js'); module.exports = { two };`,
      'src/two.js': `exports.two = 2;`,
    },
    main: 'src/index.cjs',
    expression: 'handler',
    result: { two: 2 },
  },
  {
    title: 'await at the top level works, in imported modules too',
    files: {
      'src/index.ts': `import { late } from './late.ts'; const own = await Promise.resolve(1); export default { own, late };`,
      'src/late.ts': `export const late = await Promise.resolve(2);`,
    },
    expression: 'handler',
    result: { own: 1, late: 2 },
  },
  {
    title: 'import() of a literal path is part of the bundle and runs when it is called',
    files: {
      'src/index.ts': `const order: string[] = (globalThis as any).order = []; order.push('index');
        export default async () => { const { value } = await import('./lazy.ts'); return [...order, value]; };`,
      'src/lazy.ts': `(globalThis as any).order.push('lazy'); export const value = 3;`,
    },
    expression: 'await handler()',
    result: ['index', 'lazy', 3],
  },
  {
    title: 'code is strict, and this is undefined at the top level',
    files: {
      'src/index.ts': `const self = this; let strict = false; try { (0, function () { undeclared = 1; })(); } catch { strict = true; }
        export default { self: String(self), strict, functionThis: String((function () { return this; })()) };`,
    },
    expression: 'handler',
    result: { self: 'undefined', strict: true, functionThis: 'undefined' },
  },
  {
    title: 'operators that scripts take for HTML comments keep their meaning',
    files: {
      'src/index.ts': `let a = 3, b = 1; const less = b < !--a as unknown; let n = 2; const list = []; while (n-->0) list.push(n);
        export default { less, a, list };`,
    },
    expression: 'handler',
    result: { less: false, a: 2, list: [1, 0] },
  },
  {
    title: 'a #! line is left out',
    files: { 'src/index.ts': `#!/usr/bin/env node\nexport default 1;` },
    expression: 'handler',
    result: 1,
  },
  {
    title: 'names of functions and classes are kept',
    files: {
      'src/index.ts': `class PaymentError extends Error { name = this.constructor.name } export default () => [new PaymentError().name, function pay() {}.name];`,
    },
    expression: 'handler()',
    result: ['PaymentError', 'pay'],
  },
  {
    title: 'JSON, text and bytes are imported as values',
    files: {
      'src/index.ts': `import data from './data.json'; import page from './page.html'; import sql from './q.sql'; import raw from './raw.bin';
        export default { data, page, sql, isBytes: raw instanceof Uint8Array, bytes: [...raw] };`,
      'src/data.json': '{ "vat": 0.2 }',
      'src/page.html': '<p>é</p>',
      'src/q.sql': 'select 1',
      'src/raw.bin': new Uint8Array([0, 255, 128]),
    },
    expression: 'handler',
    result: { data: { vat: 0.2 }, page: '<p>é</p>', sql: 'select 1', isBytes: true, bytes: [0, 255, 128] },
  },
  {
    title: 'enums, decorators, accessors and using declarations of TypeScript run',
    files: {
      'src/index.ts': `enum Rate { Full = 20 } const log: string[] = [];
        function logged(_: unknown, context: ClassMethodDecoratorContext) { log.push(String(context.name)); }
        class Vat { accessor rate = Rate.Full; @logged apply() { return this.rate; } }
        { using held = { [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() { log.push('disposed'); } }; }
        export default () => [new Vat().apply(), ...log];`,
    },
    expression: 'handler()',
    result: [20, 'apply', 'disposed'],
  },
];

test.each(CASES)('$title', async ({ files, main, expression, result }) => {
  await using folder = await makeFunctionFolder(files, main === undefined ? {} : { main });
  const { bundle, warnings } = await buildFunction(folder.path);
  expect(await runInIsolate(bundle, expression)).toEqual(result);
  expect(warnings).toEqual([]);
});

test('the published module gives Node the same handler as its script form gives an isolate', async () => {
  await using folder = await makeFunctionFolder({ 'src/index.ts': NASTY_CODE });
  const { bundle } = await buildFunction(folder.path);
  await folder.write({ 'bundle.mjs': bundle });
  const published = (await import(`${folder.path}/bundle.mjs`)) as { default: unknown };
  expect(await runInIsolate(bundle, 'handler')).toEqual(published.default);
});
