import { describe, expect, test } from 'vitest';
import { runInProcess } from '../test/run-in-process.ts';
import { COMMANDS } from './commands/index.ts';
import { makeSay } from './language.ts';
import { en } from './messages/en.ts';
import { parseArguments } from './parse-arguments.ts';

const FRENCH = { LANG: 'fr_FR.UTF-8' };

describe('help', () => {
  test('without words, the command line shows every command and succeeds', async () => {
    const { code, stdout, stderr } = await runInProcess([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatchSnapshot();
    for (const name of Object.keys(COMMANDS)) expect(stdout).toContain(`  ${name} `);
  });

  test('the overview is French in a French locale', async () => {
    expect((await runInProcess(['--help'], { env: FRENCH })).stdout).toMatchSnapshot();
  });

  test.each(Object.keys(COMMANDS))('sovfn %s --help', async (name) => {
    const { code, stdout, stderr } = await runInProcess([...name.split(' '), '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatchSnapshot();
  });

  test.each(Object.keys(COMMANDS))('%s takes what its examples give it', async (name) => {
    const command = await COMMANDS[name]!.load();
    expect(command.examples.length).toBeGreaterThan(0);
    for (const example of command.examples) {
      const [line = ''] = example.split(/ [>|&]/);
      const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
      expect(words.slice(0, name.split(' ').length).join(' ')).toBe(name);
      parseArguments(name, command, words.slice(name.split(' ').length), makeSay(en));
    }
  });

  test('help is shown wherever --help stands, and by sovfn help', async () => {
    const { stdout } = await runInProcess(['outputs', 'get', '--help']);
    expect((await runInProcess(['outputs', '--help', 'get'])).stdout).not.toBe('');
    expect((await runInProcess(['help', 'outputs', 'get'])).stdout).toBe(stdout);
    expect((await runInProcess(['outputs', 'get', 'x', '--json', '-h'])).stdout).toBe(stdout);
  });

  test('a group of commands alone shows its commands', async () => {
    const { code, stdout } = await runInProcess(['outputs']);
    expect(code).toBe(0);
    expect(stdout).toContain('outputs verify');
    expect(stdout).not.toContain('deploy');
  });

  test('colours are for terminals, and never with NO_COLOR', async () => {
    const ESCAPE = '\u001b[';
    expect((await runInProcess([], { isTTY: true })).stdout).toContain(ESCAPE);
    expect((await runInProcess([])).stdout).not.toContain(ESCAPE);
    expect((await runInProcess([], { isTTY: true, env: { NO_COLOR: '1' } })).stdout).not.toContain(ESCAPE);
  });
});

test.each([['C'], ['fr_FR.UTF-8']])(
  'help keeps within a terminal of 80 columns, between words, with LANG=%s',
  async (LANG) => {
    for (const argv of [[], ['tenants'], ['deploy', '--help']]) {
      const wide = (await runInProcess(argv, { env: { LANG } })).stdout;
      const { stdout } = await runInProcess(argv, { isTTY: true, columns: 80, env: { LANG, NO_COLOR: '1' } });
      expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
      const wordsOf = (text: string): string[] => text.split(/\s+/);
      expect(wordsOf(stdout)).toEqual(wordsOf(wide));
    }
  },
);

test.each([['C'], ['fr_FR.UTF-8']])('an error keeps within a terminal of 80 columns, with LANG=%s', async (LANG) => {
  const env = { LANG, NO_COLOR: '1', SOVFN_URL: 'http://127.0.0.1:1', SOVFN_TOKEN: 'none' };
  for (const argv of [['list'], ['build', `/${'absent/'.repeat(6)}`], ['explain', 'port-takn']]) {
    const { code, stderr } = await runInProcess(argv, { isTTY: true, columns: 80, env });
    expect(code).not.toBe(0);
    expect(stderr.split('\n').filter((line) => line.length > 80)).toEqual([]);
  }
});

describe('wrong words', () => {
  const refused = async (...argv: string[]) => {
    const { code, stdout, stderr } = await runInProcess(argv);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    return stderr;
  };

  test('an unknown command is refused with the nearest name', async () => {
    expect(await refused('deplyo')).toBe(
      '✖ "deplyo" is not a command of sovfn (usage)\n  → Did you mean sovfn deploy?\n',
    );
    expect(await refused('outputs', 'lst')).toBe(
      '✖ "outputs lst" is not a command of sovfn (usage)\n  → Did you mean sovfn outputs list?\n',
    );
    expect(await refused('quantum')).toBe('✖ "quantum" is not a command of sovfn (usage)\n  → See sovfn --help.\n');
  });

  test('a name of an object property is no command', async () => {
    expect(await refused('constructor')).toContain('"constructor" is not a command of sovfn');
    expect(await refused('list', '--constructor')).toContain('--constructor is not an option of this command');
  });

  test('an unknown option is refused with the nearest name', async () => {
    expect(await refused('list', '--jsno')).toBe(
      '✖ --jsno is not an option of this command (usage)\n  → Did you mean --json?\n',
    );
    expect(await refused('list', '-q')).toContain('-q is not an option of this command');
  });

  test('options without their value, with a surplus one, or twice are refused', async () => {
    expect(await refused('invoke', 'f', '--method')).toContain('--method needs a value');
    expect(await refused('list', '--json=no')).toContain('--json takes no value');
    expect(await refused('invoke', 'f', '-X', 'GET', '-X', 'PUT')).toContain('-X is given twice');
  });

  test('missing and surplus words are refused', async () => {
    expect(await refused('show')).toBe('✖ <function> is missing (usage)\n  → See sovfn show --help.\n');
    expect(await refused('show', 'a', 'b')).toContain('"b" is one word too many');
  });

  test('control characters of a wrong word do not reach the terminal', async () => {
    expect(await refused('\u001b[2Jx')).toContain('"\\u001b[2Jx" is not a command');
  });

  test('with --json the error is a problem object on stdout, beside the text on stderr', async () => {
    const { code, stdout, stderr } = await runInProcess(['list', '--jsno', '--json'], { env: FRENCH });
    expect(code).toBe(1);
    expect(stderr).toContain("--jsno n'est pas une option de cette commande");
    expect(JSON.parse(stdout)).toMatchObject({
      type: 'urn:sovfn:error:usage',
      code: 'usage',
      status: 400,
      detail: "--jsno n'est pas une option de cette commande",
      hint: 'Vouliez-vous dire --json ?',
    });
  });
});

describe('which platform', () => {
  const withoutPlatform = { XDG_CONFIG_HOME: '/nonexistent' };

  test('without a platform, commands say how to get one', async () => {
    const { code, stderr } = await runInProcess(['list'], { env: withoutPlatform });
    expect(code).toBe(1);
    expect(stderr).toBe(
      '✖ there is no current platform (no-platform)\n' +
        '  → Start one with `sovfn up`, or set SOVFN_URL and SOVFN_TOKEN.\n',
    );
  });

  test('SOVFN_URL and SOVFN_TOKEN belong together and are checked', async () => {
    const url = await runInProcess(['list'], { env: { ...withoutPlatform, SOVFN_URL: 'http://127.0.0.1:1' } });
    expect(url.stderr).toContain('SOVFN_TOKEN is not set');
    const token = await runInProcess(['list'], { env: { ...withoutPlatform, SOVFN_TOKEN: 't' } });
    expect(token.stderr).toContain('SOVFN_URL is not set');
    const wrong = await runInProcess(['list'], { env: { SOVFN_URL: '127.0.0.1:8081', SOVFN_TOKEN: 't' } });
    expect(wrong.stderr).toContain('SOVFN_URL is "127.0.0.1:8081", which is no http or https address');
  });

  test('an address where nothing answers is a fault of the platform: exit 70', async () => {
    const env = { SOVFN_URL: 'http://127.0.0.1:1', SOVFN_TOKEN: 't' };
    const { code, stderr, stdout } = await runInProcess(['status', '--json'], { env });
    expect(code).toBe(70);
    expect(stderr).toContain('nothing answers at http://127.0.0.1:1 (ECONNREFUSED)');
    expect(JSON.parse(stdout)).toMatchObject({ code: 'platform-unreachable', status: 503 });
  });
});

test('version tells the versions of sovfn, Node and the protocol', async () => {
  const { stdout } = await runInProcess(['version']);
  expect(stdout).toMatch(/^sovfn \d+\.\d+\.\d+ \(node 26\.\d+\.\d+, protocol 1\)\n$/);
  expect((await runInProcess(['--version'])).stdout).toBe(stdout);
  expect(JSON.parse((await runInProcess(['version', '--json'])).stdout)).toMatchObject({ protocol: 1 });
});

test('deleting without a terminal to ask on is refused', async () => {
  const env = { SOVFN_URL: 'http://127.0.0.1:1', SOVFN_TOKEN: 't' };
  const refused = await runInProcess(['delete', 'invoice'], { env });
  expect(refused.stderr).toBe(
    '✖ deleting invoice needs a confirmation, and there is no terminal to ask on (usage)\n  → Add --yes.\n',
  );
});

describe('shares, keys and times of a split', () => {
  const env = { SOVFN_URL: 'http://127.0.0.1:1', SOVFN_TOKEN: 't' };

  test.each([
    ['split invoice ten', '"ten" is no share of the callers'],
    ['split invoice 100%', '"100%" is no share of the callers'],
    ['split invoice -- -5%', '"-5%" is no share of the callers'],
    ['deploy --canary 0%', '"0%" is no share of the callers'],
    ['split invoice 10% --by cookie', '"cookie" is nothing that callers are told apart by'],
    ['split invoice 10% --by address:x', '"address:x" is nothing that callers are told apart by'],
    ['split invoice 10% --by header:x\ny', 'is nothing that callers are told apart by'],
    ['split invoice 10% --watch 5', '"5" is no time to watch for'],
    ['split invoice 10% --watch 2d', '"2d" is no time to watch for'],
    ['deploy --preview --canary 10%', '--preview and --canary cannot stand together'],
    ['deploy --watch 5m', '--watch is for a canary only'],
    ['deploy --preview --by address', '--by is for a canary only'],
  ])('%s is refused before anything is sent', async (line, reason) => {
    const { code, stderr } = await runInProcess(line.split(' '), { env });
    expect(code).toBe(1);
    expect(stderr).toContain(reason);
    expect(stderr).toContain('(usage)');
  });

  test.each(['10%', '10', '0.5%', '99.9%', '0%'])('%s is a share', async (share) => {
    const { stderr } = await runInProcess(['split', 'invoice', share], { env });
    expect(stderr).toContain('nothing answers at');
  });
});
