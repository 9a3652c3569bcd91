import { execFileSync, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder, type TemporaryFolder } from '@sovfn/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../src/commands/index.ts';
import { completionTable } from '../src/completion/completion-table.ts';
import { makeSay } from '../src/language.ts';
import { en } from '../src/messages/en.ts';
import { TEMPLATE_NAMES } from '../src/init/templates.ts';
import { runInProcess } from './run-in-process.ts';

const NAMES = Object.keys(COMMANDS);
const FIRST_WORDS = [...new Set(NAMES.map((name) => name.split(' ')[0]!))];

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await makeTemporaryFolder('completion');
  for (const shell of ['bash', 'zsh', 'fish']) {
    await writeFile(join(folder.path, shell), (await runInProcess(['completion', shell])).stdout);
  }
});
afterAll(async () => folder[Symbol.asyncDispose]());

const isThere = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;

describe('bash', () => {
  /** What bash offers at the end of each line, a line each. One process for all: a test asks for hundreds. */
  function offered(...lines: string[]): string[][] {
    const asked = lines.map((line) => {
      const words = line.split(' ').map((word) => `'${word}'`);
      return `COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _sovfn; echo "\${COMPREPLY[*]}"`;
    });
    const script = [`source '${join(folder.path, 'bash')}'`, ...asked].join('\n');
    const output = execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8' });
    return output
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split(' ').filter((word) => word !== ''));
  }

  test('offers the first words, and the second ones of each group', () => {
    const [all] = offered('sovfn ');
    expect(all?.toSorted()).toEqual(FIRST_WORDS.toSorted());
    for (const group of FIRST_WORDS.filter((word) => !NAMES.includes(word))) {
      const [seconds] = offered(`sovfn ${group} `);
      expect(seconds?.map((word) => `${group} ${word}`)).toEqual(NAMES.filter((name) => name.startsWith(`${group} `)));
    }
  });

  test('offers exactly the options that each command takes', async () => {
    const table = await completionTable(makeSay(en));
    const lists = offered(...table.map(({ words }) => `sovfn ${words.join(' ')} -`));
    for (const [index, { options }] of table.entries()) {
      const names = options.flatMap(({ name, short }) => (short === null ? [name] : [name, short]));
      expect(lists[index]).toEqual(names);
    }
    expect(table.map(({ words }) => words.join(' '))).toEqual(NAMES);
  });

  test('goes on with what is begun, offers choices, and leaves other values and words to file names', () => {
    expect(
      offered(
        'sovfn dep',
        'sovfn outputs v',
        'sovfn init hello --te',
        'sovfn init hello --template ',
        'sovfn init -t ho',
        'sovfn completion ',
        'sovfn deploy ex',
        'sovfn invoke hello --data ',
        'sovfn deploy --json --pre',
      ),
    ).toEqual([
      ['deploy'],
      ['verify'],
      ['--template'],
      [...TEMPLATE_NAMES],
      ['hono'],
      ['bash', 'zsh', 'fish'],
      [],
      [],
      ['--preview'],
    ]);
  });
});

describe.each(['zsh', 'fish'])('%s', (shell) => {
  test('knows every command, option and choice', async () => {
    const { stdout } = await runInProcess(['completion', shell]);
    for (const { words, options, choices } of await completionTable(makeSay(en))) {
      for (const word of words) expect(stdout).toContain(`'${word}`);
      for (const choice of choices) expect(stdout).toMatch(new RegExp(`['( ]${choice}[' )]`));
      for (const { name } of options) expect(stdout).toContain(shell === 'zsh' ? `'${name}:` : `-l ${name.slice(2)} `);
    }
  });

  test.skipIf(!isThere(shell))('takes the script', () => {
    const check = spawnSync(shell, ['-n', join(folder.path, shell)], { encoding: 'utf8' });
    expect(check).toMatchObject({ status: 0, stderr: '' });
  });
});

test('descriptions are in the language of the user', async () => {
  const { stdout } = await runInProcess(['completion', 'fish'], { env: { LANG: 'fr_FR.UTF-8' } });
  expect(stdout).toContain("-d 'Construire la fonction d\\'un dossier et la faire répondre'");
});

test('a shell that is not known is refused with those that are', async () => {
  const { code, stderr } = await runInProcess(['completion', 'powershell']);
  expect(code).toBe(1);
  expect(stderr).toBe('✖ there is no completion for "powershell" (usage)\n  → Shells are bash, zsh, fish.\n');
});
