import { expect, test } from 'vitest';
import { buildFunction, makeStackMapper } from '../src/index.ts';
import { makeFolder, makeFunctionFolder } from './folder.ts';
import { runInIsolate } from './isolate.ts';

const INDEX = `import { price } from './price.ts';
import { check } from 'checks';

interface Order { readonly total: number }

export default {
  async fetch(order: Order): Promise<number> {
    await Promise.resolve();
    const text = \`two
lines\`;
    return price(order.total) + text.length;
  },
  viaPackage: () => check(() => { throw new TypeError('refused'); }),
};
`;

const PRICE = `// A comment that the bundle does not have.
type Euro = number;

export function price(total: Euro): Euro {
  if (total < 0) {
    throw new RangeError('total is negative');
  }
  return total;
}
`;

const FILES = {
  'src/index.ts': INDEX,
  'src/price.ts': PRICE,
  'node_modules/checks/package.json': '{ "name": "checks", "main": "lib/index.js" }',
  'node_modules/checks/lib/index.js': `'use strict';\n\nexports.check = function runCheck(run) {\n  return run();\n};\n`,
};

const stackOf = (call: string): string => `await (async () => ${call})().catch((error) => error.stack)`;

test('an error thrown in an isolate shows the lines and columns of the TypeScript files', async () => {
  await using folder = await makeFunctionFolder(FILES);
  const { bundle, sourceMap } = await buildFunction(folder.path);
  const stack = String(await runInIsolate(bundle, stackOf('handler.fetch({ total: -1 })')));
  expect(stack).toMatch(/hello\.mjs:\d+:\d+/);
  const mapped = makeStackMapper(sourceMap)(stack).split('\n').slice(0, 3);
  expect(mapped).toEqual([
    'RangeError: total is negative',
    '    at price (src/price.ts:6:11)',
    '    at Object.fetch (src/index.ts:11:12)',
  ]);
});

test.each(['fn/node_modules', 'node_modules'])(
  'frames in a package of %s are node_modules/<package>/…',
  async (packages) => {
    await using folder = await makeFolder({ 'fn/sovfn.jsonc': '{ "name": "hello", "main": "src/index.ts" }' });
    for (const [name, text] of Object.entries(FILES)) {
      const path = name.startsWith('node_modules') ? name.replace('node_modules', packages) : `fn/${name}`;
      await folder.write({ [path]: text });
    }
    const { bundle, sourceMap } = await buildFunction(`${folder.path}/fn`);
    const stack = String(await runInIsolate(bundle, stackOf('handler.viaPackage()')));
    expect(makeStackMapper(sourceMap)(stack).split('\n').slice(0, 4)).toEqual([
      'TypeError: refused',
      '    at src/index.ts:13:41',
      '    at runCheck (node_modules/checks/lib/index.js:4:10)',
      '    at Object.viaPackage (src/index.ts:13:21)',
    ]);
  },
);
