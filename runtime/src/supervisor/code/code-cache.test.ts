import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeTemporaryFolder } from '@sovfn/testkit';
import { afterAll, expect, test } from 'vitest';
import { CELL_NODE_FLAGS } from '../cells/cell-flags.ts';
import { EAGER_LENGTH } from '../../compile/eager.ts';
import { Compiler } from '../../compile/compiler.ts';
import { buildPrelude } from '../../prelude/build-prelude.ts';
import { CacheDirectory } from './cache-directory.ts';
import { CodeCache } from './code-cache.ts';
import { SealedFiles } from './sealed-files.ts';

const COMPILER = fileURLToPath(new URL('../../compile/main.ts', import.meta.url));
const compiler = new Compiler({ program: COMPILER, nodeFlags: CELL_NODE_FLAGS });
/** Makes a script that is not compiled whole of any other. */
const TOO_LONG = Buffer.from(`\n//${' '.repeat(EAGER_LENGTH)}`);
const script = Buffer.from('(() => { const answer = () => 42; return answer(); })()');

/** Runs with a script and the file of its code cache; says whether V8 refused the cache, and what the script gives. */
const USE_CACHE = `
import { readFileSync } from 'node:fs';
import ivm from 'isolated-vm';
const [, script, file] = process.argv;
const cachedData = new ivm.ExternalCopy(new Uint8Array(readFileSync(file)).buffer);
const isolate = new ivm.Isolate();
const compiled = isolate.compileScriptSync(script, { cachedData });
console.log(compiled.cachedDataRejected, compiled.runSync(isolate.createContextSync()));
`;

/** Only compiles. */
const TAKE_CACHE = `
import { readFileSync } from 'node:fs';
import ivm from 'isolated-vm';
const [, script, file] = process.argv;
const cachedData = new ivm.ExternalCopy(new Uint8Array(readFileSync(file)).buffer);
console.log(new ivm.Isolate().compileScriptSync(readFileSync(script, 'utf8'), { cachedData }).cachedDataRejected);
`;

afterAll(() => compiler.close());

test('a process with the flags of cells takes the code cache that the compile process made', async () => {
  await using node = await startNode();
  const file = join(node.folder, 'cache-for-the-process');
  await writeFile(file, (await node.cache.readOrMake(script))!);
  const args = [...CELL_NODE_FLAGS, '--input-type=module', '--eval', USE_CACHE, script.toString(), file];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname });
  expect(stdout).toBe('false 42\n');
});

test('a cache with one flipped byte is refused, removed and compiled again', async () => {
  await using node = await startNode();
  const made = await node.cache.readOrMake(script);
  const [file] = await readdir(node.folder);
  const bytes = await readFile(join(node.folder, file!));
  bytes[bytes.length >> 1]! ^= 1;
  await writeFile(join(node.folder, file!), bytes);
  expect(await node.cache.read(script)).toBeNull();
  expect(node.tampered).toEqual([file]);
  expect(await readdir(node.folder)).toEqual([]);
  expect((await node.cache.readOrMake(script))?.length).toBe(made!.length);
});

test('the cache of another script, put in its place, is refused', async () => {
  await using node = await startNode();
  const other = Buffer.from('(() => { const answer = () => 43; return answer(); })()');
  await node.cache.readOrMake(script);
  const [first] = await readdir(node.folder);
  await node.cache.readOrMake(other);
  const second = (await readdir(node.folder)).find((name) => name !== first)!;
  await writeFile(join(node.folder, second), await readFile(join(node.folder, first!)));
  expect(await node.cache.read(other)).toBeNull();
});

test('a cache made for another V8, other flags or another processor is not used', async () => {
  await using node = await startNode();
  await node.cache.readOrMake(script);
  expect(await node.withTarget('another').read(script)).toBeNull();
});

test('a script that does not parse has no cache, and the next one is compiled', async () => {
  await using node = await startNode();
  expect(await node.cache.readOrMake(Buffer.from('function ('))).toBeNull();
  expect(node.failed).toHaveLength(1);
  expect(await node.cache.readOrMake(script)).not.toBeNull();
});

test('a cell’s isolate takes the cache of the rehearsed prelude, and has what a first call needs compiled already', async () => {
  await using node = await startNode();
  const prelude = Buffer.from((await buildPrelude()).source);
  const file = join(node.folder, 'cache-of-the-prelude');
  const rehearsed = (await node.cache.readOrRehearse(prelude))!;
  await writeFile(file, rehearsed);
  const text = join(node.folder, 'prelude.js');
  await writeFile(text, prelude);
  const args = [...CELL_NODE_FLAGS, '--input-type=module', '--eval', TAKE_CACHE, text, file];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname });
  expect(stdout).toBe('false\n');
  const lazily = await compiler.compile(Buffer.concat([prelude, TOO_LONG]));
  const whole = await compiler.compile(prelude);
  expect(rehearsed.length).toBeGreaterThan(lazily.length + 10_000);
  expect(rehearsed.length).toBeLessThan(whole.length / 2);
});

test('functions that are called later are in the cache, but not those of a very long script, because of the memory', async () => {
  await using node = await startNode();
  const later = Array.from(
    { length: 200 },
    (_, n) => `const f${n} = (x) => { const y = x + ${n}; return [x, y, f${n}]; };`,
  );
  const few = Buffer.from(`(() => { return 42; })()`);
  const many = Buffer.from(`(() => { ${later.join(' ')} return 42; })()`);
  const sizeOf = async (...text: Buffer[]) => (await node.cache.readOrMake(Buffer.concat(text)))!.length;
  const growth = (await sizeOf(many)) - (await sizeOf(few));
  const lazyGrowth = (await sizeOf(many, TOO_LONG)) - (await sizeOf(few, TOO_LONG));
  expect(growth).toBeGreaterThan(1.5 * lazyGrowth);
});

test('a prelude that does not answer has no cache: isolates compile it themselves', async () => {
  await using node = await startNode();
  const mute = Buffer.from(`() => ({ begin() {}, install() {}, dispatch() {} })`);
  expect(await node.cache.readOrRehearse(mute)).toBeNull();
  expect(node.failed).toEqual([expect.stringContaining('answered nothing')]);
});

test('the compile process never runs the script', async () => {
  await using node = await startNode();
  const endless = Buffer.from('while (true) {}');
  expect(await node.cache.readOrMake(endless)).not.toBeNull();
});

test('a script that many ask for at once is compiled once', async () => {
  await using node = await startNode();
  const caches = await Promise.all(Array.from({ length: 10 }, () => node.cache.readOrMake(script)));
  expect(new Set(caches).size).toBe(1);
});

async function startNode() {
  const folder = await makeTemporaryFolder('code-cache');
  const tampered: string[] = [];
  const failed: string[] = [];
  const directory = await CacheDirectory.open(folder.path, 1024 * 1024);
  const files = new SealedFiles({ directory, key: Buffer.alloc(32, 7), onTampered: (name) => tampered.push(name) });
  const withTarget = (target: string) =>
    new CodeCache({ files, compiler, target, onFailed: (reason) => failed.push(reason) });
  return {
    folder: folder.path,
    cache: withTarget('this'),
    withTarget,
    tampered,
    failed,
    [Symbol.asyncDispose]: async () => folder[Symbol.asyncDispose](),
  };
}
