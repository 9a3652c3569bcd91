import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import type { CommandContext } from './context.ts';
import { usageError } from './usage-errors.ts';

/** Asks before something is deleted. Throws `usage`, saying `unconfirmed`, when there is nobody to ask. */
export async function confirm(
  { question, unconfirmed }: { question: string; unconfirmed: string },
  { stdin, isInteractive, output, say, signal }: CommandContext,
): Promise<boolean> {
  if (!isInteractive) throw usageError(unconfirmed, say('confirm.hint'));
  output.progress(question);
  const lines = createInterface({ input: stdin, terminal: false, signal });
  try {
    // A closed stdin answers nothing, which is no.
    const answer = await Promise.race([lines.question(''), once(lines, 'close').then(() => '')]);
    return /^(?:y|yes|o|oui)$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
