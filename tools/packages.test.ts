import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { makeTemporaryFolder } from '@sovfn/testkit';
import { expect, test } from 'vitest';
import { installPackages } from './install-packages.ts';
import { packPackages } from './packages.ts';

const run = promisify(execFile);
const INSTALL_MS = 240_000;

test(
  'the packages install into an empty folder, and a function made with them is tested and deployed there',
  async () => {
    await using home = await makeTemporaryFolder('packages');
    const installed = join(home.path, 'installed');
    await installPackages(await packPackages(join(home.path, 'packed')), installed);
    const { NODE_COMPILE_CACHE: _shared, ...inherited } = process.env;
    const env = {
      ...inherited,
      XDG_CONFIG_HOME: home.path,
      LANG: 'C',
      PATH: `${join(installed, 'node_modules/.bin')}${delimiter}${process.env['PATH']}`,
    };
    const hello = join(home.path, 'hello');
    const sovfn = async (...words: readonly string[]): Promise<string> => {
      const { stdout } = await run('sovfn', words, { cwd: words[0] === 'init' ? home.path : hello, env });
      return stdout;
    };
    expect(await sovfn('init', 'hello', '--template', 'http')).toContain('✔ hello is made from the template http');
    expect(JSON.parse(await sovfn('test', '--json'))).toMatchObject({ passed: true });

    const up = spawn('sovfn', ['up', '--data', 'data'], { cwd: home.path, env, stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await once(up.stdout, 'data');
      expect(await sovfn('deploy')).toMatch(/✔ hello [0-9a-f]{12}… deployed/);
      expect(await sovfn('invoke', 'hello')).toBe('Bonjour sovfn\n');
      const { checks } = JSON.parse(await sovfn('doctor', '--json')) as { checks: { check: string; state: string }[] };
      expect(checks.filter(({ state }) => state === 'fail')).toEqual([]);
    } finally {
      await end(up);
    }
  },
  INSTALL_MS,
);

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}
