import { type LettersRequest, PROTOCOL_VERSION } from '@sovfn/protocol';
import { defineCommand, EXIT, type ExitCode } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { FILTER_ARGUMENTS, readFilter, readOneOrMany } from '../events/event-arguments.ts';
import { joinPages, pagesOf, type RanAgain, showPage } from '../events/run-pages.ts';

export const dlqRedrive = defineCommand({
  examples: [
    'dlq redrive 01k2v5w8q9xr3t7yb4n6m0zc1d',
    'dlq redrive --function ledger',
    'dlq redrive --function ledger --from 2026-11-26T08:00 --outcome exceeded-wall-time',
  ],
  args: {
    function: { type: 'string', value: 'name', summary: 'dlq.function' },
    ...FILTER_ARGUMENTS,
    outcome: { type: 'string', value: 'outcome', summary: 'dlq.outcome' },
  },
  positionals: { event: { optional: true, summary: 'argument.event' } },
  async handler({ event, function: owner, outcome, ...written }, context) {
    const wanted = readOneOrMany(event, owner, context);
    if (wanted.kind === 'one') return redriveOne(wanted.event, context);
    return redriveMany(wanted.owner, { v: PROTOCOL_VERSION, ...readFilter(written, context), outcome }, context);
  },
});

async function redriveOne(event: string, { connect, output, json }: CommandContext): Promise<ExitCode> {
  const answer = await (await connect()).events.redrive(event);
  if (json) output.json(answer);
  else output.result(answer.replay);
  return EXIT.ok;
}

async function redriveMany(
  owner: string,
  asked: Omit<LettersRequest, 'before'>,
  context: CommandContext,
): Promise<ExitCode> {
  const { events } = await context.connect();
  const pages: RanAgain[] = [];
  for await (const page of pagesOf((before) => events.redriveMany(owner, { ...asked, before }))) {
    showPage(page, context);
    pages.push(page);
  }
  const all = joinPages(pages);
  const { output, say, json } = context;
  if (json) output.json({ v: PROTOCOL_VERSION, ...all });
  output.progress(say('dlq.redriven', { count: all.replayed.length, skipped: all.skipped.length }));
  return all.skipped.length === 0 ? EXIT.ok : EXIT.user;
}
