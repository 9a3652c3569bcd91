import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTemporaryFolder } from '@sovfn/testkit';
import { expect, test } from 'vitest';
import { Interruption } from '../src/interruption.ts';
import { runInProcess, startInProcess, watchFor } from './run-in-process.ts';

const LAUNCHER = fileURLToPath(new URL('../bin/sovfn.js', import.meta.url));

function environmentOf(home: string): NodeJS.ProcessEnv {
  const { SOVFN_NATS_BIN, SOVFN_MINIO_BIN, PATH, HOME } = process.env;
  const env = { SOVFN_NATS_BIN, SOVFN_MINIO_BIN, PATH, HOME, XDG_CONFIG_HOME: home };
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
}

test('up starts a platform that is then the current one and sends its metrics where they are wanted, and down ends it', async () => {
  await using home = await makeTemporaryFolder('home');
  const env = environmentOf(home.path);
  const data = join(home.path, 'data');
  const place = ['--region', 'fr-idf', '--operator', 'Exemple SAS', '--certs', 'HDS,SecNumCloud'];
  const asked: string[] = [];
  const receiver = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    request.resume().on('end', () => response.end('{}'));
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const otlp = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const args = [LAUNCHER, 'up', '--data', data, '--otlp', otlp, ...place];
  const up = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    await watchFor(up.stdout)(`Data         ${data}\n`);
    const nodes = await runInProcess(['nodes', 'list', '--json'], { env });
    const labels = { country: 'FR', basis: 'assumed', region: 'fr-idf', city: null, operator: 'Exemple SAS' };
    expect(JSON.parse(nodes.stdout)).toMatchObject({ nodes: [{ name: 'node-1', zones: ['fr'], labels: { labels } }] });
    const shown = await runInProcess(['nodes', 'show', 'node-1'], { env });
    expect(shown.stdout).toContain('FR (assumed, nobody declared it)');
    expect(shown.stdout).toContain('HDS, SecNumCloud');
    expect(await runInProcess(['status'], { env })).toMatchObject({ code: 0 });
    const second = await runInProcess(['up', '--data', data], { env });
    expect(second.code).toBe(1);
    expect(second.stderr).toContain('(platform-running)');
    const doctor = await runInProcess(['doctor', '--json'], { env });
    expect(JSON.parse(doctor.stdout)).toMatchObject({
      checks: expect.arrayContaining([expect.objectContaining({ check: 'platform', state: 'ok' })]) as unknown,
    });
    const ended = once(up, 'exit');
    expect((await runInProcess(['down'], { env })).stdout).toBe(`The platform of ${data} has stopped.\n`);
    expect(await ended).toEqual([0, null]);
    expect(asked).toContain('POST /v1/metrics');
    receiver.close();
  } finally {
    up.kill('SIGTERM');
    if (up.exitCode === null && up.signalCode === null) await once(up, 'exit');
  }
  expect(await readdir(join(home.path, 'sovfn'))).toEqual([]);
  expect((await runInProcess(['status'], { env })).stderr).toContain('there is no current platform');
  expect((await runInProcess(['down', '--data', data], { env })).stdout).toBe(`No platform of ${data} is running.\n`);
}, 120_000);

test('a start that is interrupted leaves nothing running and reports the signal', async () => {
  await using home = await makeTemporaryFolder('home');
  const env = environmentOf(home.path);
  const data = join(home.path, 'data');
  const end = new AbortController();
  const up = startInProcess(['up', '--data', data], { env, signal: end.signal });
  await up.untilStderr('bus is ready');
  end.abort(new Interruption('SIGTERM'));
  expect(await up.code).toBe(143);
  expect(String(await up.stdoutBytes)).toBe('');
  expect((await runInProcess(['down', '--data', data], { env })).stdout).toBe(`No platform of ${data} is running.\n`);
}, 120_000);

test('an address of a receiver that is none is refused before anything is started', async () => {
  const { code, stderr } = await runInProcess(['up', '--otlp', 'collector:4318']);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr:
      '✖ --otlp is "collector:4318", which is no http or https address (usage)\n' +
      '  → It is that of a receiver, for example http://127.0.0.1:4318.\n',
  });
});
