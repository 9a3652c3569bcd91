import { type LettersRequest, PROTOCOL_VERSION } from '@sovfn/protocol';
import { defineCommand, EXIT, type ExitCode } from '../command.ts';
import { confirm } from '../confirm.ts';
import type { CommandContext } from '../context.ts';
import { FILTER_ARGUMENTS, readFilter, readOneOrMany } from '../events/event-arguments.ts';
import { pagesOf } from '../events/run-pages.ts';

export const dlqPurge = defineCommand({
  examples: [
    'dlq purge 01k2v5w8q9xr3t7yb4n6m0zc1d',
    'dlq purge --function ledger --to 2026-11-01',
    'dlq purge --function ledger --yes',
  ],
  args: {
    function: { type: 'string', value: 'name', summary: 'dlq.function' },
    ...FILTER_ARGUMENTS,
    outcome: { type: 'string', value: 'outcome', summary: 'dlq.outcome' },
    yes: { type: 'boolean', short: 'y', summary: 'delete.yes' },
  },
  positionals: { event: { optional: true, summary: 'argument.event' } },
  async handler({ event, function: owner, outcome, yes, ...written }, context) {
    const wanted = readOneOrMany(event, owner, context);
    const asked = { v: PROTOCOL_VERSION, ...readFilter(written, context), outcome } as const;
    const { say, output } = context;
    const name = wanted.kind === 'one' ? wanted.event : wanted.owner;
    const questions = {
      one: { question: say('dlq.question', { name }), unconfirmed: say('dlq.unconfirmed', { name }) },
      many: { question: say('dlq.question-many', { name }), unconfirmed: say('dlq.unconfirmed-many', { name }) },
    };
    if (!yes && !(await confirm(questions[wanted.kind], context))) {
      output.progress(say('dlq.kept'));
      return EXIT.user;
    }
    return wanted.kind === 'one' ? purgeOne(wanted.event, context) : purgeMany(wanted.owner, asked, context);
  },
});

async function purgeOne(event: string, { connect, output, say, json }: CommandContext): Promise<ExitCode> {
  const answer = await (await connect()).events.purge(event);
  if (json) output.json(answer);
  else output.result(`${output.paint.green('✔')} ${say('dlq.purged', { event })}`);
  return EXIT.ok;
}

async function purgeMany(
  owner: string,
  asked: Omit<LettersRequest, 'before'>,
  { connect, output, say, json }: CommandContext,
): Promise<ExitCode> {
  const { events } = await connect();
  const purged: string[] = [];
  for await (const page of pagesOf((before) => events.purgeMany(owner, { ...asked, before }))) {
    purged.push(...page.purged);
  }
  if (json) output.json({ v: PROTOCOL_VERSION, purged });
  else output.result(`${output.paint.green('✔')} ${say('dlq.purged-many', { count: purged.length })}`);
  return EXIT.ok;
}
