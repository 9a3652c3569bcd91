import { appendFile, chmod, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder, type TemporaryFolder } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AuditSpool, type SpooledNote } from './audit-spool.ts';

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await makeTemporaryFolder('audit-spool');
});
afterAll(() => folder[Symbol.asyncDispose]());

function note(letter: string, count = 1): SpooledNote {
  const draft = { tenant: 'main', actor: 'platform', action: 'egressRefused', function: 'f', details: { n: letter } };
  return { v: 1, id: letter.repeat(16), at: '2026-11-27T08:00:00.000Z', after: 7, count, draft };
}

async function spoolWith(name: string, notes: readonly SpooledNote[]): Promise<string> {
  const path = join(folder.path, name, 'spool.jsonl');
  const spool = new AuditSpool(path);
  await spool.add(notes, () => notes);
  await spool.close();
  return path;
}

async function readAgain(path: string) {
  const spool = new AuditSpool(path);
  const left = await spool.read();
  await spool.close();
  return left;
}

test('what was added is read again with its last count; only its owner may read the file', async () => {
  const path = await spoolWith('whole', [note('a'), note('b'), note('a', 3)]);
  expect(await readAgain(path)).toEqual({ notes: [note('a', 3), note('b')], unreadable: 0 });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('a last line that was cut short at any byte takes nothing with it but itself', async () => {
  const path = await spoolWith('torn', [note('a')]);
  const whole = await readFile(path, 'utf8');
  for (let end = 1; end < whole.length - 1; end++) {
    await writeFile(path, whole + whole.slice(0, end));
    expect(await readAgain(path)).toEqual({ notes: [note('a')], unreadable: 1 });
  }
});

test('a line with one other character is not read, and counted', async () => {
  const path = await spoolWith('damaged', [note('a'), note('b'), note('c')]);
  const whole = await readFile(path, 'utf8');
  await writeFile(path, whole.replace('"n":"b"', '"n":"x"'));
  expect(await readAgain(path)).toEqual({ notes: [note('a'), note('c')], unreadable: 1 });
});

test('a file that was replaced holds what it was given and takes more', async () => {
  const path = await spoolWith('replaced', [note('a'), note('b')]);
  await appendFile(path, 'damage');
  const spool = new AuditSpool(path);
  await spool.replace([note('b', 2)]);
  await spool.add([note('c')], () => []);
  await spool.close();
  expect(await readAgain(path)).toEqual({ notes: [note('b', 2), note('c')], unreadable: 0 });
});

test('the file grows no further than twice what may wait', async () => {
  const path = join(folder.path, 'grown', 'spool.jsonl');
  const spool = new AuditSpool(path);
  const many = Array.from({ length: 5_000 }, (_, count) => note('a', count + 1));
  for (let i = 0; i < 12; i++) await spool.add(many, () => [note('a', 5_000)]);
  await spool.close();
  expect((await stat(path)).size).toBeLessThan(8 * 1024 * 1024);
  expect((await readAgain(path)).notes).toEqual([note('a', 5_000)]);
});

test('a link in the place of the file, and a folder into which everybody may write, are not used', async () => {
  const linked = join(folder.path, 'linked');
  await mkdir(linked);
  await symlink('/dev/null', join(linked, 'spool.jsonl'));
  await expect(readAgain(join(linked, 'spool.jsonl'))).rejects.toThrow('ELOOP');
  const open = join(folder.path, 'open');
  await mkdir(open);
  await chmod(open, 0o777);
  await expect(readAgain(join(open, 'spool.jsonl'))).rejects.toThrow('everybody may write into it');
});
