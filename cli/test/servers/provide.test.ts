import { appendFile, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { isSovfnError, type SovfnError } from '@sovfn/protocol';
import { makeTemporaryFolder } from '@sovfn/testkit';
import { openEntry, verifyEntry } from '../../src/servers/cache.ts';
import type { ServerSpec } from '../../src/servers/catalogue.ts';
import type { ServerProgress } from '../../src/servers/progress.ts';
import { type ProvidedServer, provideFrom } from '../../src/servers/provide.ts';
import { fakeServer, sha256, specWithBuild, specWithRelease, writeProgram } from './fake-server.ts';
import { startFileServer } from './file-server.ts';

const GOOD = fakeServer('9.9.9');

test('an explicit path is used although PATH and the cache have others', async () => {
  await using home = await makeTemporaryFolder('home');
  const chosen = await writeProgram(join(home.path, 'chosen'), 'nats-server', fakeServer('2.14.3'));
  const path = await writeProgram(join(home.path, 'bin'), 'nats-server', GOOD);
  const environment = { HOME: home.path, PATH: path, SOVFN_NATS_BIN: join(chosen, 'nats-server') };
  expect(await provideFrom(specWithBuild(), { environment })).toEqual({
    path: join(chosen, 'nats-server'),
    step: 'explicit',
  });
});

test('an explicit path that is too old or does not run is an error, and nothing else is tried', async () => {
  await using home = await makeTemporaryFolder('home');
  const old = join(await writeProgram(home.path, 'nats-server', fakeServer('2.10.0')), 'nats-server');
  expect(await refusal(specWithBuild(), { HOME: home.path, PATH: '/usr/bin:/bin', SOVFN_NATS_BIN: old })).toMatchObject(
    {
      code: 'server-unavailable',
      message: `nats-server at ${old} is version 2.10.0; sovfn needs 2.14.3 or later.`,
      hint: 'Correct or unset SOVFN_NATS_BIN; without it, sovfn installs nats-server itself.',
    },
  );
  const { message } = await refusal(specWithBuild(), { HOME: home.path, PATH: '', SOVFN_NATS_BIN: '/nowhere/nats' });
  expect(message).toBe(
    'nats-server at /nowhere/nats does not run: "/nowhere/nats --version" failed: spawn /nowhere/nats ENOENT.',
  );
});

test('on PATH, an old version is passed over and the next that is new enough is used', async () => {
  await using home = await makeTemporaryFolder('home');
  const old = await writeProgram(join(home.path, 'old'), 'nats-server', fakeServer('2.14.2'));
  const fresh = await writeProgram(join(home.path, 'fresh'), 'nats-server', fakeServer('2.14.3'));
  const events: ServerProgress[] = [];
  const provided = await provideFrom(specWithBuild(), {
    environment: { HOME: home.path, PATH: `${old}:${fresh}:/usr/bin:/bin` },
    onProgress: (event) => events.push(event),
  });
  expect(provided).toEqual({ path: join(fresh, 'nats-server'), step: 'path' });
  expect(events[0]).toMatchObject({ type: 'tried', result: `${old}/nats-server is version 2.14.2, older than 2.14.3` });
});

test('a release with the right hash is installed once and comes from the cache after that', async () => {
  await using home = await makeTemporaryFolder('home');
  await using server = await startFileServer((response) => response.end(GOOD));
  const spec = specWithRelease(server.url, sha256(GOOD));
  const environment = { HOME: home.path, PATH: '/usr/bin:/bin' };
  const first = await provideFrom(spec, { environment });
  expect(first.step).toBe('release');
  expect(dirname(dirname(first.path))).toBe(join(home.path, '.cache/sovfn/servers'));
  expect(await provideFrom(spec, { environment })).toEqual({ path: first.path, step: 'cache' });
  expect(server.requests).toBe(1);
});

test('a release with a wrong hash is refused and removed, and the error names every step tried', async () => {
  await using home = await makeTemporaryFolder('home');
  await using server = await startFileServer((response) => response.end(fakeServer('6.6.6')));
  const error = await refusal(specWithRelease(server.url, sha256(GOOD)), { HOME: home.path, PATH: '/nowhere' });
  const cache = join(home.path, '.cache/sovfn/servers');
  expect(error.message).toBe(
    [
      'nats-server could not be provided. Tried:',
      '  - path: no nats-server on PATH',
      `  - cache: nothing usable in ${cache}`,
      `  - release: ${server.url} has SHA-256 ${sha256(fakeServer('6.6.6'))}, expected is ${sha256(GOOD)}: refused and removed`,
    ].join('\n'),
  );
  expect(await readdir(cache)).toEqual([]);
});

test('a download that ends early, and one that is refused by the server, leave nothing', async () => {
  await using home = await makeTemporaryFolder('home');
  await using truncating = await startFileServer((response) => {
    response.writeHead(200, { 'content-length': String(GOOD.length * 2) }).write(GOOD, () => response.destroy());
  });
  const environment = { HOME: home.path, PATH: '/nowhere' };
  const early = await refusal(specWithRelease(truncating.url, sha256(GOOD)), environment);
  expect(early.message).toMatch(/- release: terminated/);

  await using absent = await startFileServer((response) => response.writeHead(404).end());
  const missing = await refusal(specWithRelease(absent.url, sha256(GOOD)), environment);
  expect(missing.message).toContain(`- release: ${absent.url} answered 404`);
  expect(await readdir(join(home.path, '.cache/sovfn/servers'))).toEqual([]);
});

test('go install is used when there is no release, and its failure shows the words of go', async () => {
  await using home = await makeTemporaryFolder('home');
  const script = `#!/bin/sh\necho "compiling $3" >&2\ncat > "$GOBIN/nats-server" <<'END'\n${GOOD}END\nchmod +x "$GOBIN/nats-server"\n`;
  const go = await writeProgram(join(home.path, 'go'), 'go', script);
  const environment = { HOME: home.path, PATH: `${go}:/usr/bin:/bin` };
  const events: ServerProgress[] = [];
  const provided = await provideFrom(specWithBuild(), { environment, onProgress: (event) => events.push(event) });
  expect(provided.step).toBe('build');
  expect(events).toContainEqual({
    type: 'building',
    server: 'nats-server',
    packages: 1,
    line: 'compiling example.org/nats-server@v9.9.9',
  });

  await using other = await makeTemporaryFolder('home');
  await writeProgram(go, 'go', '#!/bin/sh\necho "no space left" >&2\nexit 1\n');
  const { message } = await refusal(specWithBuild(), { ...environment, HOME: other.path });
  expect(message).toContain('- build: go install example.org/nats-server@v9.9.9 ended with exit code 1: no space left');
});

test('without go the error says that go is not there and what to do', async () => {
  await using home = await makeTemporaryFolder('home');
  const error = await refusal(specWithBuild(), { HOME: home.path, PATH: '/nowhere' });
  expect(error.message).toContain('- build: go could not be started; it is not installed or not on PATH');
  expect(error.hint).toBe(
    'Install nats-server 2.14.3 or later and set SOVFN_NATS_BIN to it, or install Go, or allow access to the official release.',
  );
});

test('a changed file in the cache is refused and installed anew', async () => {
  await using home = await makeTemporaryFolder('home');
  await using server = await startFileServer((response) => response.end(GOOD));
  const spec = specWithRelease(server.url, sha256(GOOD));
  const environment = { HOME: home.path, PATH: '/usr/bin:/bin' };
  const { path } = await provideFrom(spec, { environment });

  await appendFile(path, '# more\n');
  expect((await provideFrom(spec, { environment })).step).toBe('release');

  const changed = GOOD.replace('9.9.9', '6.6.6');
  await writeFile(path, changed);
  const events: ServerProgress[] = [];
  const provided = await provideFrom(spec, { environment, onProgress: (event) => events.push(event) });
  expect(provided).toEqual<ProvidedServer>({ path, step: 'release' });
  const refused = events.find((event) => event.type === 'tried' && event.step === 'cache');
  expect(refused).toMatchObject({
    result: `refused: ${path} has SHA-256 ${sha256(changed)}, recorded is ${sha256(GOOD)}`,
  });
  expect(server.requests).toBe(3);
});

test('a change that keeps size and time is found by the full verification only', async () => {
  await using home = await makeTemporaryFolder('home');
  await using server = await startFileServer((response) => response.end(GOOD));
  const spec = specWithRelease(server.url, sha256(GOOD));
  const environment = { HOME: home.path, PATH: '/usr/bin:/bin' };
  const { path } = await provideFrom(spec, { environment });
  const times = await stat(path);
  await writeFile(path, GOOD.replace('9.9.9', '6.6.6'));
  await utimes(path, times.atime, times.mtime);
  expect((await openEntry(dirname(path), 'nats-server')).state).toBe('valid');
  expect((await verifyEntry(dirname(path), 'nats-server')).state).toBe('corrupt');
});

async function refusal(spec: ServerSpec, environment: Record<string, string>): Promise<SovfnError> {
  const error: unknown = await provideFrom(spec, { environment }).catch((reason: unknown) => reason);
  if (!isSovfnError(error)) throw new Error('The server was provided.', { cause: error });
  return error;
}
