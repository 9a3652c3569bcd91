import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { defineCommand, EXIT } from '../command.ts';
import { nearest, usageError } from '../usage-errors.ts';

/** Generated from `docs/errors.md`. */
const TEXTS = new URL('../explain/error-texts.json', import.meta.url);
const LINE_LENGTH = 78;
const textsSchema = z.record(z.string(), z.strictObject({ status: z.int(), text: z.string() }));

export const explain = defineCommand({
  examples: ['explain residency-unsatisfied', 'explain exceeded-cpu --json'],
  args: {},
  positionals: { code: { summary: 'explain.code' } },
  async handler({ code: written }, { output, say, json }) {
    const texts = textsSchema.parse(JSON.parse(await readFile(TEXTS, 'utf8')));
    // As it stands at the end of an error: `(port-taken)`.
    const code = written.replaceAll(/^\(|\)$/g, '').toLowerCase();
    const known = texts[code];
    if (known === undefined) {
      const near = nearest(code, Object.keys(texts));
      const hint = near === null ? say('explain.unknown.hint') : say('usage.did-you-mean', { name: near });
      throw usageError(say('explain.unknown', { code: written }), hint);
    }
    if (json) output.json({ code, ...known });
    else
      output.result(
        `${say('explain.head', { code, status: known.status })}\n\n${known.text.split('\n').map(wrap).join('\n')}`,
      );
    return EXIT.ok;
  },
});

/** In lines that fit a terminal, broken between words. */
function wrap(paragraph: string): string {
  const lines = [''];
  for (const word of paragraph.split(' ')) {
    const line = lines.at(-1)!;
    if (line !== '' && line.length + 1 + word.length > LINE_LENGTH) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join('\n');
}
