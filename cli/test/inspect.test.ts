import { SourceMap, type SourceMapPayload } from 'node:module';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { freePort, makeTemporaryFolder, type TemporaryFolder } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Debugger } from './debugger.ts';
import { startInProcess } from './run-in-process.ts';

const START_MS = 60_000;
const CODE = `import { add } from './sum.ts';

export default {
  async fetch(request: Request, env: { STATE: { put(key: string, value: string): Promise<void>; get(key: string): Promise<string | null> } }) {
    const input: string = await request.text();
    await env.STATE.put('last', input);
    const sum = add(Number(input), 1);
    console.log('the sum is', sum);
    return Response.json({ sum, last: await env.STATE.get('last'), bytes: new TextEncoder().encode(input).length });
  },
};
`;

const stdin = new PassThrough();
let folder: TemporaryFolder;
let session: ReturnType<typeof startInProcess>;
let base: string;
let inspector: string;

beforeAll(async () => {
  folder = await makeTemporaryFolder('inspect');
  await mkdir(join(folder.path, 'src'));
  await writeFile(
    join(folder.path, 'sovfn.jsonc'),
    JSON.stringify({
      name: 'hello',
      main: 'src/index.ts',
      bindings: { STATE: { type: 'kv' } },
      limits: { wallMs: 100 },
    }),
  );
  await writeFile(join(folder.path, 'src/index.ts'), CODE);
  await writeFile(
    join(folder.path, 'src/sum.ts'),
    'export const add = (a: number, b: number): number => {\n  return a + b;\n};\n',
  );
  const port = await freePort();
  base = `http://127.0.0.1:${port}/fn/hello/`;
  const env = { ...process.env, LANG: 'C', NO_COLOR: '1' };
  session = startInProcess(['dev', '--inspect', '--port', String(port)], { cwd: folder.path, env, stdin, isTTY: true });
  const line = await session.untilStdoutMatches(/debugger {2}127\.0\.0\.1:\d+ {2}functions run without isolation/);
  inspector = line.split(/ +/)[1]!;
}, START_MS);
afterAll(async () => {
  stdin.write('q');
  await session.code;
  await folder[Symbol.asyncDispose]();
});

test('a debugger stops a function at a line of its TypeScript, sees its variables, and lets it go on', async () => {
  await using debug = await Debugger.attach(inspector);
  expect(await (await fetch(base, { method: 'POST', body: '1' })).json()).toEqual({ sum: 2, last: '1', bytes: 1 });
  const script = await debug.script('hello.mjs');
  const location = {
    scriptId: script.scriptId,
    ...positionOf(`file://${folder.path}/src/sum.ts`, 2, script.sourceMapURL),
  };
  await debug.ask('Debugger.setBreakpoint', { location });
  const answer = fetch(base, { method: 'POST', body: '41' });
  const frame = await debug.paused();
  expect(frame.functionName).toBe('add');
  expect([await debug.evaluate(frame, 'a'), await debug.evaluate(frame, 'b')]).toEqual([41, 1]);
  // More wall and CPU time than the function may use otherwise.
  expect(await debug.evaluate(frame, 'let n = 0; for (let i = 0; i < 1e8; i++) n += i; n > 0')).toBe(true);
  await debug.ask('Debugger.resume');
  expect(await (await answer).json()).toEqual({ sum: 42, last: '41', bytes: 2 });
});

test('what is saved can be debugged too, and errors are told with their lines', async () => {
  await writeFile(
    join(folder.path, 'src/sum.ts'),
    'export const add = (a: number, b: number): number => {\n  throw new Error(`no ${a + b}`);\n};\n',
  );
  await expect.poll(async () => (await fetch(base, { method: 'POST', body: '1' })).status).toBe(500);
  await session.untilStdout('Error: no 2');
  await session.untilStdout('src/sum.ts:2:');
});

/** Where the first thing is that was made of a line (from 1) of a source. */
function positionOf(source: string, line: number, sourceMapUrl: string): { lineNumber: number; columnNumber: number } {
  const text = Buffer.from(sourceMapUrl.split(',')[1]!, 'base64').toString();
  const map = new SourceMap(JSON.parse(text) as SourceMapPayload);
  for (let lineNumber = 0; lineNumber < 1_000; lineNumber++) {
    for (let column = 0; column < 200; column++) {
      const entry = map.findEntry(lineNumber, column);
      if (!('originalSource' in entry)) break;
      const { originalSource, originalLine, generatedLine, generatedColumn } = entry;
      if (originalSource !== source || originalLine !== line - 1) continue;
      return { lineNumber: generatedLine, columnNumber: generatedColumn };
    }
  }
  throw new Error(`nothing was made of ${source}:${line}`);
}
