import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { usageError } from '../usage-errors.ts';

export const deleteFunction = defineCommand({
  examples: ['delete invoice', 'delete invoice --yes', 'delete invoice --purge --yes'],
  args: {
    yes: { type: 'boolean', short: 'y', summary: 'delete.yes' },
    purge: { type: 'boolean', summary: 'delete.purge' },
  },
  positionals: { function: { summary: 'argument.function' } },
  async handler({ function: name, yes, purge }, context) {
    const { connect, output, say, json } = context;
    const client = await connect();
    if (!yes && !(await confirm(name, context))) {
      output.progress(say('delete.kept', { name }));
      return EXIT.user;
    }
    const deleted = await client.deleteFunction(name, { purge });
    if (json) output.json(deleted);
    else output.result(`${output.paint.green('✔')} ${say('delete.done', { name })}`);
    return EXIT.ok;
  },
});

async function confirm(name: string, { stdin, isInteractive, output, say, signal }: CommandContext): Promise<boolean> {
  if (!isInteractive) throw usageError(say('delete.unconfirmed', { name }), say('delete.unconfirmed.hint'));
  output.progress(say('delete.question', { name }));
  const lines = createInterface({ input: stdin, terminal: false, signal });
  try {
    // A closed stdin answers nothing, which is no.
    const answer = await Promise.race([lines.question(''), once(lines, 'close').then(() => '')]);
    return /^(?:y|yes|o|oui)$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
