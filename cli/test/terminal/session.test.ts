/** A developer's first ten minutes, typed into a terminal in an empty folder outside the repository. */
import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, makeTemporaryFolder } from '@sovfn/testkit';
import { expect, test } from 'vitest';
import { HAS_TMUX, openTerminal } from './tmux.ts';

/** As README.md says to set PATH. */
const COMMANDS = fileURLToPath(new URL('../../../node_modules/.bin', import.meta.url));
const SESSION_MS = 180_000;

if (!HAS_TMUX) process.stderr.write('SKIPPED: the terminal session is not tested, because tmux is not installed.\n');

test.skipIf(!HAS_TMUX)(
  'at a terminal, from an empty folder: init, dev, edit, deploy, logs, rollback (needs tmux)',
  async () => {
    await using home = await makeTemporaryFolder('terminal');
    await using terminal = await openTerminal(home.path, environmentOf(home.path));
    const edit = async (before: string, after: string): Promise<void> => {
      const file = join(home.path, 'hello/src/index.ts');
      await writeFile(file, (await readFile(file, 'utf8')).replace(before, after));
    };

    const platform = await terminal.open(home.path);
    await platform.enter('sovfn up --data data');
    const shell = await terminal.open(home.path);
    expect(await shell.sovfn('init hello --template http')).toContain('✔ hello is made from the template http');
    await shell.enter('cd hello');
    await shell.until('[0] $');

    const port = await freePort();
    await shell.enter(`sovfn dev --port ${port}`);
    await shell.until(`hello  http://127.0.0.1:${port}/fn/hello/`);
    await shell.until('s run a schedule');
    const ask = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/fn/hello/`)).text();
    expect(await ask()).toBe('Bonjour sovfn\n');
    await shell.until('GET /fn/hello/  200');
    await edit('new Response(`', 'new Response(`saved: ');
    await shell.until(/✔ answers after .*src\/index\.ts/);
    expect(await ask()).toBe('saved: Bonjour sovfn\n');
    await edit('export default {', 'export default {{');
    expect(await shell.until('not built; the version before goes on')).toContain('src/index.ts:');
    expect(await ask()).toBe('saved: Bonjour sovfn\n');
    await edit('export default {{', 'export default {');
    await shell.press('q');
    expect(await shell.ended(0)).toContain('Everything has stopped.');

    await platform.until('Data         ');
    expect(await shell.sovfn('deploy')).toMatch(/✔ hello [0-9a-f]{12}… deployed in [\d.]+ s/);
    expect(await shell.sovfn('invoke hello')).toContain('saved: Bonjour sovfn\n');
    await edit('saved: ', 'worse: ');
    expect(await shell.sovfn('deploy')).toContain('deployed in');

    const reader = await terminal.open(join(home.path, 'hello'));
    await reader.enter('sovfn logs --follow');
    await reader.until('Following hello');
    expect(await shell.sovfn('invoke hello')).toContain('worse: Bonjour sovfn\n');
    await reader.until(/GET \/ 200 · cpu/);
    await reader.press('C-c');
    await reader.ended(0);

    expect(await shell.sovfn('rollback hello')).toMatch(/✔ hello [0-9a-f]{12}… answers/);
    expect(await shell.sovfn('invoke hello')).toContain('saved: Bonjour sovfn\n');
    expect(await shell.sovfn('deploi', 1)).toContain('Did you mean sovfn deploy?');

    await platform.press('C-c');
    await platform.ended(0);
    expect(await shell.sovfn('deploy', 1)).toContain('(no-platform)');
  },
  SESSION_MS,
);

function environmentOf(home: string): NodeJS.ProcessEnv {
  const { SOVFN_NATS_BIN, SOVFN_MINIO_BIN, XDG_CACHE_HOME, NODE_COMPILE_CACHE, PATH, HOME } = process.env;
  const given = { SOVFN_NATS_BIN, SOVFN_MINIO_BIN, XDG_CACHE_HOME, NODE_COMPILE_CACHE, HOME };
  const env = {
    ...given,
    XDG_CONFIG_HOME: home,
    LANG: 'C.UTF-8',
    TERM: 'xterm',
    PATH: `${COMMANDS}${delimiter}${PATH}`,
  };
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
}
