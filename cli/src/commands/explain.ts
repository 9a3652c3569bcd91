import { defineCommand, EXIT } from '../command.ts';
import { readErrorTexts } from '../explain/error-meanings.ts';
import { nearest, usageError } from '../usage-errors.ts';

const LINE_LENGTH = 78;

export const explain = defineCommand({
  examples: ['explain residency-unsatisfied', 'explain exceeded-cpu --json'],
  args: {},
  positionals: { code: { summary: 'explain.code' } },
  async handler({ code: written }, { output, say, json, locale }) {
    const texts = await readErrorTexts(json ? 'en' : locale);
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
