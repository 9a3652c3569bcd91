import { durationMs, durationSchema, LONGEST_OVERLAP_MS, PROTOCOL_VERSION } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { formatTime } from '../format.ts';
import { readSecret } from '../read-secret.ts';
import { usageError } from '../usage-errors.ts';

export const secretsSet = defineCommand({
  examples: ['secrets set ledger STRIPE_WEBHOOK_SECRET', 'secrets set ledger STRIPE_WEBHOOK_SECRET --overlap 0s'],
  args: { overlap: { type: 'string', value: 'time', summary: 'secrets.overlap' } },
  positionals: { function: { summary: 'argument.function' }, name: { summary: 'argument.secret' } },
  async handler({ function: owner, name, overlap }, context) {
    const { connect, output, say, json } = context;
    const overlapMs = overlap === null ? null : parseOverlap(overlap, context);
    const client = await connect();
    const value = await readSecret(name, context);
    const answer = await client.setSecret(owner, name, { v: PROTOCOL_VERSION, value, overlapMs });
    const { version, previousAcceptedUntil: until } = answer.secret;
    if (json) output.json(answer);
    else output.result(`${output.paint.green('✔')} ${say('secrets.set.done', { owner, name, version })}`);
    if (until !== null) output.progress(say('secrets.set.previous', { time: formatTime(until) }));
    return EXIT.ok;
  },
});

function parseOverlap(text: string, { say }: CommandContext): number {
  const milliseconds = durationSchema.safeParse(text).success ? durationMs(text) : Infinity;
  if (milliseconds <= LONGEST_OVERLAP_MS) return milliseconds;
  throw usageError(say('secrets.bad-overlap', { overlap: text }), say('secrets.bad-overlap.hint'));
}
