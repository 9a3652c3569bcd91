import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, mkdir, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { buildFunction, readConfig } from '@sovfn/builder';
import { makeTemporaryFolder, type TemporaryFolder } from '@sovfn/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { environmentTypes } from '../src/commands/types.ts';
import { TEMPLATE_NAMES } from '../src/init/templates.ts';
import { runInProcess, type Given } from './run-in-process.ts';

const TEMPLATES = fileURLToPath(new URL('../templates', import.meta.url));
const FRENCH = { LANG: 'fr_FR.UTF-8' };
/** Six functions on one platform, which starts first. */
const ALL_TEMPLATES_MS = 120_000;

let folder: TemporaryFolder;
beforeEach(async () => (folder = await makeTemporaryFolder('init')));
afterEach(async () => folder[Symbol.asyncDispose]());

const init = (line: string, given: Given = {}) =>
  runInProcess(['init', ...line.split(' ').filter((word) => word !== '')], { cwd: folder.path, ...given });
const written = (path: string) => readFile(join(folder.path, path), 'utf8');

describe('init', () => {
  test('makes the folder, says what it wrote and the next two commands', async () => {
    const { code, stdout, stderr } = await init('hello --template http');
    expect({ code, stdout, stderr }).toMatchSnapshot();
    expect(await written('hello/sovfn.jsonc')).toContain('"name": "hello"');
    expect(JSON.parse(await written('hello/package.json'))).toMatchObject({ name: 'hello', private: true });
    expect(await readlink(join(folder.path, 'hello/node_modules/sovfn'))).toBe(
      fileURLToPath(new URL('..', import.meta.url)).slice(0, -1),
    );
  });

  test('is French in a French locale', async () => {
    expect((await init('bonjour', { env: FRENCH })).stdout).toMatchSnapshot();
  });

  test('fills the empty folder it is called in, and names the function after it', async () => {
    const cwd = join(folder.path, 'Mon Projet_2');
    await mkdir(cwd);
    expect((await init('', { cwd })).stdout).toContain('\n  sovfn dev\n  sovfn deploy\n');
    expect(await written('Mon Projet_2/sovfn.jsonc')).toContain('"name": "mon-projet-2"');
  });

  test('copies the packages that the template needs, with those that these need', async () => {
    await init('docs --template pdf');
    const modules = join(folder.path, 'docs/node_modules');
    for (const name of ['pdf-lib', '@pdf-lib/standard-fonts', 'pako', '@types/node', 'undici-types']) {
      expect((await lstat(join(modules, name))).isDirectory()).toBe(true);
    }
    const { dependencies } = JSON.parse(await written('docs/package.json')) as { dependencies: Record<string, string> };
    const { version } = JSON.parse(await written('docs/node_modules/pdf-lib/package.json')) as { version: string };
    expect(dependencies).toEqual({ 'pdf-lib': version });
  });

  test('with --json the result is one document', async () => {
    const { stdout } = await init('docs --template pdf --name letters --json');
    expect(JSON.parse(stdout)).toEqual({
      v: 1,
      folder: join(folder.path, 'docs'),
      name: 'letters',
      template: 'pdf',
      files: [
        ...['.gitignore', 'package.json', 'sovfn-env.d.ts', 'sovfn.jsonc', 'src/index.ts', 'test/index.test.ts'],
        ...['test/tsconfig.json', 'tsconfig.json'],
      ],
      copied: ['pdf-lib', '@types/node'],
      missing: [],
    });
  });

  test('asks at a terminal for what is not given, and takes defaults, numbers and names', async () => {
    const { stdout, stderr } = await init('', { isTTY: true, stdin: '\n5\n' });
    expect(stderr).toContain('In which folder? [.]');
    expect(stderr).toContain('From which template?');
    expect(stdout).toContain('is made from the template queue');
    expect((await init('', { isTTY: true, stdin: 'other\nwebhook\n' })).stdout).toContain('from the template webhook');
    const given = await init('third --template hono', { isTTY: true });
    expect(given.stderr).not.toContain('?');
  });

  test('asks nothing with --yes', async () => {
    const { code, stderr } = await init('--yes --name quiet', { isTTY: true });
    expect(code).toBe(0);
    expect(stderr).not.toContain('?');
  });

  test('replaces no file, and writes none when there is one', async () => {
    await mkdir(join(folder.path, 'taken'));
    await writeFile(join(folder.path, 'taken/package.json'), 'mine');
    await writeFile(join(folder.path, 'taken/notes.txt'), 'mine');
    const { code, stderr } = await init('taken');
    expect(code).toBe(1);
    expect(stderr).toBe(
      `✖ there is something already in ${join(folder.path, 'taken')}: package.json (usage)\n` +
        '  → init replaces no file: name another folder, or remove these.\n',
    );
    expect(await readdir(join(folder.path, 'taken'))).toEqual(['notes.txt', 'package.json']);
    await rm(join(folder.path, 'taken/package.json'));
    expect((await init('taken')).code).toBe(0);
    expect(await written('taken/notes.txt')).toBe('mine');
  });

  test.each([
    ['hello --template httpp', '"httpp" is not a template', 'Did you mean http?'],
    ['hello --template fortran', '"fortran" is not a template', 'Templates are http, hono, webhook'],
    ['hello --name Hello', '"Hello" cannot be the name of a function', '1–63 of a–z, 0–9 and -'],
    ['---', '--- is not an option', ''],
    ['___', '"" cannot be the name of a function', 'Give one with --name'],
  ])('%s is refused: nothing is written', async (line, reason, hint) => {
    const { code, stderr } = await init(line);
    expect(code).toBe(1);
    expect(stderr).toContain(reason);
    expect(stderr).toContain(hint);
    expect(await readdir(folder.path)).toEqual([]);
  });
});

describe('sovfn test', () => {
  const CODE = `import test from 'node:test'; import assert from 'node:assert/strict';
    test('passes', () => undefined);
    test('adds', () => assert.equal(1 + 1, 3));`;

  test('ends as its tests do, and runs those that are asked for', async () => {
    const cwd = folder.path;
    await init('. --name tested');
    await writeFile(join(cwd, 'test/index.test.ts'), CODE);
    const failed = await runInProcess(['test', '--json'], { cwd, env: process.env });
    expect(failed.stderr).toContain('Expected values to be strictly equal');
    expect({ code: failed.code, ...(JSON.parse(failed.stdout) as object) }).toEqual({
      ...{ code: 1, v: 1, folder: cwd, passed: false },
    });
    const passed = await runInProcess(['test', '--json', '--only', 'passes'], { cwd, env: process.env });
    expect({ code: passed.code, ...(JSON.parse(passed.stdout) as object) }).toMatchObject({ code: 0, passed: true });
  });

  test('says that there is no function in the folder', async () => {
    const { code, stderr } = await runInProcess(['test'], { cwd: folder.path });
    expect(code).toBe(1);
    expect(stderr).toContain('(config-not-found)');
  });
});

test.each(TEMPLATE_NAMES)('the types of the template %s are those of its sovfn.jsonc', async (name) => {
  const { config } = await readConfig(join(TEMPLATES, name));
  expect(await readFile(join(TEMPLATES, name, 'sovfn-env.d.ts'), 'utf8')).toBe(environmentTypes(config));
});

test('each template builds as it is made, without a warning', async () => {
  for (const name of TEMPLATE_NAMES) {
    await init(`${name} --template ${name}`);
    const { config, warnings } = await buildFunction(join(folder.path, name));
    expect({ name: config.name, warnings }).toEqual({ name, warnings: [] });
  }
});

test(
  'the tests that come with the templates pass, without a network, in real isolates',
  async () => {
    for (const name of TEMPLATE_NAMES) await init(`${name} --template ${name}`);
    const files = TEMPLATE_NAMES.map((name) => join(folder.path, name, 'test/index.test.ts'));
    // Whoever would load a package goes to a proxy that is not there.
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], HTTPS_PROXY: 'http://127.0.0.1:1' };
    const runner = spawn(process.execPath, ['--test', '--test-isolation=none', ...files], { env });
    const [output, errors] = await Promise.all([text(runner.stdout), text(runner.stderr), once(runner, 'close')]);
    expect({ code: runner.exitCode, output, errors }).toMatchObject({ code: 0, errors: '' });
    expect(output).toMatch(/pass 14\n/);
  },
  ALL_TEMPLATES_MS,
);
