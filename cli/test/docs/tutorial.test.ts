/** Follows docs/tutorial.md in an empty folder: its files are written, its lines run, and what they print is what it shows. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort, makeTemporaryFolder } from '@sovfn/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { readPage } from './fences.ts';

const execute = promisify(execFile);
const COMMANDS = fileURLToPath(new URL('../../../node_modules/.bin', import.meta.url));
/** As the tutorial has them; here they are others, because ports may be taken. */
const [PUBLIC_URL, DEV_URL] = ['http://127.0.0.1:8080', 'http://127.0.0.1:8787'];
const WHOLE_MS = 300_000;
/** What a clone, an install and the choice of a command need, and a test has already. */
const SETTING_UP = /^(?:git clone .*|npm start|export PATH=.*|cd \.\.|cd hello)\n/gm;

test(
  'a stranger who follows the tutorial sees what it says',
  async () => {
    // Also when the time is up: what it has started must not outlive it.
    const running = new AsyncDisposableStack();
    onTestFinished(() => running.disposeAsync());
    const home = running.use(await makeTemporaryFolder('tutorial'));
    const folder = join(home.path, 'hello');
    const env = environmentOf(home.path);
    const run = async (script: string): Promise<string> => {
      const cwd = script.startsWith('sovfn init') ? home.path : folder;
      const { stdout, stderr } = await execute('sh', ['-e', '-c', `exec 2>&1\n${script}`], { cwd, env });
      return stdout + stderr;
    };
    const start = async (...words: readonly string[]): Promise<Sovfn> =>
      running.use(await startSovfn(words, env, home.path));
    let dev: Sovfn | null = null;
    const urls = new Map<string, string>();
    let written = '';
    const here = (text: string): string => [...urls].reduce((done, [from, to]) => done.replaceAll(from, to), text);
    for (const { code, language, place } of (await readPage('docs/tutorial.md')).fences) {
      const script = code.replaceAll(SETTING_UP, '').trim();
      const file = /^\/\/ (\S+)\n/.exec(code)?.[1];
      if (file !== undefined) {
        await writeFile(join(folder, file), code);
        if (!file.startsWith('test/')) await dev?.until(/"(?:reloaded|build-failed)"/);
      } else if (language === 'text') {
        expect(written, place).toMatch(patternOf(here(code)));
      } else if (script === 'sovfn dev') {
        const port = String(await freePort());
        urls.set(DEV_URL, `http://127.0.0.1:${port}`);
        dev = await start('dev', 'hello', '--port', port, '--json');
        await dev.until(/"ready"/);
      } else if (script !== '') {
        if (script === 'sovfn test') dev = await dev!.stop();
        if (script.startsWith('sovfn deploy') && !urls.has(PUBLIC_URL)) {
          const platform = await start('up', '--data', 'data');
          urls.set(PUBLIC_URL, /http:\S+/.exec(await platform.until(/^Functions/))![0]);
        }
        written = await run(here(script));
      }
    }
  },
  WHOLE_MS,
);

interface Sovfn extends AsyncDisposable {
  stop(): Promise<null>;
  /** Resolves to the next line of its output that fits. Rejects when it ends without one. */
  until(line: RegExp): Promise<string>;
}

async function startSovfn(words: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Promise<Sovfn> {
  const child = spawn('sovfn', words, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const stop = async (): Promise<null> => {
    if (child.exitCode !== null) return null;
    child.kill('SIGTERM');
    await once(child, 'exit');
    return null;
  };
  return {
    until: async (wanted) => {
      for (;;) {
        const { value, done } = await lines.next();
        if (done === true) throw new Error(`sovfn ${words.join(' ')} has ended without ${String(wanted)}`);
        if (wanted.test(value)) return value;
      }
    },
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
}

/** The lines that are shown follow each other in what was printed; `…` stands for what differs each time. */
function patternOf(shown: string): RegExp {
  const lines = shown.trimEnd().split('\n');
  const patterns = lines.map((line) => line.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('…', '.*'));
  return new RegExp(patterns.join(String.raw`[\s\S]*`));
}

function environmentOf(home: string): NodeJS.ProcessEnv {
  const { NODE_COMPILE_CACHE: _shared, ...inherited } = process.env;
  return {
    ...inherited,
    XDG_CONFIG_HOME: home,
    LANG: 'C.UTF-8',
    PATH: `${COMMANDS}${delimiter}${process.env['PATH']}`,
  };
}
