import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import changelog from '../src/index.ts';
import { pushNote } from '../src/push-note.ts';

async function shipped(name: string): Promise<Record<string, unknown>> {
  const text = await readFile(new URL(`../input/${name}.json`, import.meta.url), 'utf8');
  return JSON.parse(text) as Record<string, unknown>;
}

const commit = (message: string, url = 'https://github.com/a/b/commit/1') => ({
  ...{ id: '0123456789abcdef', message, url },
  author: { name: 'Ada' },
});

test.each([
  ['another branch', { ref: 'refs/heads/avoirs' }],
  ['a tag', { ref: 'refs/tags/v1' }],
  ['a deleted branch', { deleted: true, commits: [] }],
  ['merges only', { commits: [commit('Merge pull request #1 from a/b')] }],
])('a push of %s is nothing to tell', async (_what, change) => {
  expect(pushNote({ ...(await shipped('push')), ...change })).toBeNull();
});

test('of a large push the first twenty commits are shown, and how many more there are', async () => {
  const commits = Array.from({ length: 23 }, (_, i) => commit(`Change ${i}`));
  const note = pushNote({ ...(await shipped('push')), commits })!;
  expect(note).toContain('[23 changes]');
  expect(note.split('\n').filter((line) => line.startsWith('- '))).toHaveLength(21);
  expect(note).toContain('- … and 3 more');
});

test('a push that rewrites history says so', async () => {
  expect(pushNote({ ...(await shipped('push')), forced: true })).toContain('**History was rewritten.**');
});

test('Markdown in a message is text, and a link to elsewhere is none', async () => {
  const commits = [commit('<img src=x> [click](https://evil.example) `rm`\u001b[2J', 'https://evil.example/1')];
  const note = pushNote({ ...(await shipped('push')), commits })!;
  expect(note).toContain('- \\<img src=x\\> \\[click\\](https://evil.example) \\`rm\\` \\[2J (0123456, Ada)');
  expect(note).not.toContain('](https://evil.example/1)');
});

test('a delivery of a type that is not known is nothing to tell', async () => {
  const headers = { 'sovfn-webhook': 'github', 'sovfn-webhook-type': 'constructor' };
  const request = new Request('https://sovfn.example/github', { method: 'POST', headers, body: '{}' });
  expect(await (await changelog.fetch(request)).text()).toBe('nothing to tell of this constructor\n');
});
