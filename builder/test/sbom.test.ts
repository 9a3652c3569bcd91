import { createRequire } from 'node:module';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { expect, test } from 'vitest';
import { makeSbom } from '../src/sbom/make-sbom.ts';
import { buildFunction } from '../src/index.ts';
import { makeFolder } from './folder.ts';

const FILES = {
  'fn/sovfn.jsonc': '{ "name": "hello", "main": "src/index.ts" }',
  'fn/src/index.ts': `import { used } from '@scope/pair'; import 'plain'; import { a } from 'odd/deep/a.js'; export default [used, a];`,
  'fn/node_modules/@scope/pair/package.json':
    '{ "name": "@scope/pair", "version": "1.2.0", "license": "(MIT OR Apache-2.0)", "main": "index.js", "sideEffects": false, "type": "module" }',
  'fn/node_modules/@scope/pair/index.js': `import 'nested'; export const used = 1; export * from './other.js';`,
  'fn/node_modules/@scope/pair/other.js': 'export const unused = 2;',
  'fn/node_modules/@scope/pair/node_modules/nested/package.json':
    '{ "name": "nested", "version": "2.0.0", "license": "ISC", "sideEffects": false }',
  'fn/node_modules/@scope/pair/node_modules/nested/index.js': '',
  'node_modules/plain/package.json': '{ "name": "plain", "version": "3.0.0-rc.1+build", "license": "see LICENCE.md" }',
  'node_modules/plain/index.js': 'globalThis.plain = 1;',
  'node_modules/odd/deep/a.js': 'export const a = 1;',
  'node_modules/unrelated/package.json': '{ "name": "unrelated", "version": "9.0.0" }',
};

interface Component {
  readonly name: string;
  readonly group?: string;
  readonly version: string;
  readonly purl?: string;
  readonly scope?: string;
  readonly licenses?: unknown;
  readonly hashes?: readonly { readonly content: string }[];
}
interface Bom {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

test('a bill of materials has each package of the build once, and no other, with version and licence', async () => {
  await using folder = await makeFolder(FILES);
  const build = await buildFunction(`${folder.path}/fn`);
  const { metadata, components, dependencies } = JSON.parse(await makeSbom(`${folder.path}/fn`, build)) as Bom;
  expect(metadata.component).toMatchObject({ name: 'hello', version: build.version });
  expect(metadata.component.hashes).toMatchObject([{ content: build.manifest.bundleSha256 }]);
  expect(components.map(({ purl, scope, licenses }) => [purl, scope, licenses])).toEqual([
    ['pkg:npm/%40scope/pair@1.2.0', 'required', [{ expression: '(MIT OR Apache-2.0)' }]],
    ['pkg:npm/nested@2.0.0', 'excluded', [{ license: { id: 'ISC' } }]],
    ['pkg:npm/odd@0.0.0', 'required', undefined],
    ['pkg:npm/plain@3.0.0-rc.1%2Bbuild', 'required', [{ license: { name: 'see LICENCE.md' } }]],
  ]);
  expect(dependencies.find(({ ref }) => ref === 'function:hello')?.dependsOn).toHaveLength(4);
});

test('it is valid by the schema of CycloneDX 1.6, and the same for the same sources', async () => {
  await using folder = await makeFolder(FILES);
  const build = await buildFunction(`${folder.path}/fn`);
  const text = await makeSbom(`${folder.path}/fn`, build);
  // The validator finds its schema engine by itself, as an optional package.
  expect(createRequire(import.meta.url).resolve('ajv')).toContain('ajv');
  expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text)).toBeNull();
  await using other = await makeFolder(FILES);
  expect(await makeSbom(`${other.path}/fn`, await buildFunction(`${other.path}/fn`))).toBe(text);
});
