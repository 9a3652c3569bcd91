/**
 * A real cell, for code that tries to get out of its isolate. What the code finds comes back as JSON; what it was told, in
 * answers, errors and logs, must not say where the host's files are.
 */
import { encodeBatch, encodeScheduledCall } from '@sovfn/protocol';
import { expect } from 'vitest';
import { type CallOptions, type CellHarness, startCell } from '../cell/cell-harness.ts';

/** Paths and schemes that only the host's own stacks have. */
const HOST_TEXT = /file:\/\/|node:internal|node_modules|\/runtime\/|\/src\/|\/cell\/|\/[\w.-]+\.(?:ts|js|mjs|cjs)\b/;
const MESSAGE = {
  id: '0'.repeat(26),
  timestamp: 1,
  attempts: 1,
  contentType: 'json',
  bytes: Buffer.from('{"a":[1]}'),
} as const;
const BATCH = encodeBatch({ queue: 'JOBS', messages: [MESSAGE, { ...MESSAGE, contentType: 'bytes' }] });
const TICK = encodeScheduledCall({ scheduledTime: 1, cron: '* * * * *', name: 'nightly', attempt: 1 });
const SOURCE_MAP = JSON.stringify({ version: 3, sources: [], names: [], mappings: '' });

export class Inside implements AsyncDisposable {
  readonly #cell: CellHarness;
  #functions = 0;

  static async start(): Promise<Inside> {
    return new Inside(await startCell());
  }

  private constructor(cell: CellHarness) {
    this.#cell = cell;
  }

  /**
   * Runs `code` as the body of an async function, after `before` has run at the module's top level, and returns what it
   * returns, through JSON. Throws when the call fails.
   */
  async run(code: string, before = ''): Promise<unknown> {
    const { outcome, text } = await this.answerOf(code, before);
    if (outcome !== 'ok') throw new Error(`the code ended with ${outcome}: ${text}`);
    return JSON.parse(text);
  }

  /** As `run`, with the whole text that the caller gets to see: the body, or the failure's message and stack. */
  async answerOf(code: string, before = ''): Promise<{ outcome: string; text: string }> {
    const name = `inside-${++this.#functions}`;
    const logs = this.#cell.logs(name);
    const endings = this.#cell.endings(name);
    await this.#cell.parts.gateway.flush();
    const stringify = 'const { stringify } = JSON, Answer = Response;';
    const handler = `async fetch(request, env, ctx) { const found = await (async () => {${code}\n})(); return new Answer(stringify(found ?? null)); }`;
    await this.#cell.deploy(
      name,
      `${stringify}\n${before}\nconst handler = { ${handler} };\nexport{handler as default};\n`,
      code.includes('WebAssembly') ? { wasmMemoryMb: 16 } : {},
      SOURCE_MAP,
    );
    const { outcome, body, last } = await this.#cell.call(name);
    const detail = last.kind === 'failure' ? `${last.detail.message}\n${last.detail.stack}` : '';
    const text = body.toString() + detail;
    while (endings.length === 0) await this.#cell.parts.gateway.flush();
    assertNoHostText([text, ...[...logs, ...endings].map((event) => event.text)]);
    return { outcome, text };
  }

  /** As `run`, in the handlers `queue` (with `batch`) and `scheduled` (with `controller`), whichever `code` names. */
  async runEvent(code: string): Promise<unknown> {
    const name = `inside-${++this.#functions}`;
    const logs = this.#cell.logs(name);
    await this.#cell.parts.gateway.flush();
    const body = (event: string): string =>
      `async (${event}, env, ctx) => { const found = await (async () => {${code}\n})(); console.log(JSON.stringify(found)); }`;
    await this.#cell.deploy(name, `queue: ${body('batch')}, scheduled: ${body('controller')}`);
    const isQueue = code.includes('batch');
    const call = isQueue ? { trigger: 'queue', body: BATCH } : { trigger: 'schedule', body: TICK };
    const { outcome, last } = await this.#cell.call(name, call as CallOptions);
    if (outcome !== 'ok') throw new Error(`the code ended with ${outcome}: ${JSON.stringify(last)}`);
    await expect.poll(() => logs.length).toBe(1);
    assertNoHostText(logs.map((event) => event.text));
    return JSON.parse(logs[0]!.text);
  }

  /** The cell's process is well: a plain function answers as ever. */
  async assertHostUnchanged(): Promise<void> {
    const answer = await this.run(`return [typeof Object.prototype.polluted, new URL('http://a/b').pathname, 1 + 1];`);
    const expected = '["undefined","/b",2]';
    if (JSON.stringify(answer) !== expected) throw new Error(`the host is changed: ${JSON.stringify(answer)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cell[Symbol.asyncDispose]();
  }
}

/** Throws when one of the texts says something of the host's files. */
export function assertNoHostText(texts: readonly string[]): void {
  for (const text of texts) {
    const found = HOST_TEXT.exec(text);
    if (found !== null)
      throw new Error(
        `a text of the host got out: ${JSON.stringify(text.slice(Math.max(0, found.index - 200), found.index + 200))}`,
      );
  }
}
