import { type CancelledMany, type CancelManyRequest, PROTOCOL_VERSION } from '@sovfn/protocol';
import { defineCommand, EXIT, type ExitCode } from '../command.ts';
import { confirm } from '../confirm.ts';
import type { CommandContext } from '../context.ts';
import { FILTER_ARGUMENTS, readFilter, readOneOrMany } from '../events/event-arguments.ts';
import { pagesOf } from '../events/run-pages.ts';

export const eventsCancel = defineCommand({
  examples: [
    'events cancel 01k2v5w8q9xr3t7yb4n6m0zc1d',
    'events cancel --function ledger --trigger webhook --to 2026-11-26T09:30 --yes',
  ],
  args: {
    function: { type: 'string', value: 'name', summary: 'events.function' },
    ...FILTER_ARGUMENTS,
    yes: { type: 'boolean', short: 'y', summary: 'delete.yes' },
  },
  positionals: { event: { optional: true, summary: 'argument.event' } },
  async handler({ event, function: owner, yes, ...written }, context) {
    const wanted = readOneOrMany(event, owner, context);
    if (wanted.kind === 'one') return cancelOne(wanted.event, context);
    const { say, output } = context;
    const asked = { v: PROTOCOL_VERSION, ...readFilter(written, context) } as const;
    const { owner: name } = wanted;
    const question = {
      question: say('events.cancel-question', { name }),
      unconfirmed: say('events.cancel-unconfirmed', { name }),
    };
    if (!yes && !(await confirm(question, context))) {
      output.progress(say('events.kept'));
      return EXIT.user;
    }
    return cancelMany(name, asked, context);
  },
});

async function cancelOne(event: string, { connect, output, say, json }: CommandContext): Promise<ExitCode> {
  const answer = await (await connect()).events.cancel(event);
  if (json) output.json(answer);
  else if (answer.state === 'cancelled')
    output.result(`${output.paint.green('✔')} ${say('events.cancelled', { event })}`);
  else output.progress(say('events.had-ended', { event, state: answer.state }));
  return answer.state === 'cancelled' ? EXIT.ok : EXIT.user;
}

async function cancelMany(
  owner: string,
  asked: Omit<CancelManyRequest, 'before'>,
  { connect, output, say, json }: CommandContext,
): Promise<ExitCode> {
  const { events } = await connect();
  const ended: CancelledMany['cancelled'] = [];
  for await (const page of pagesOf((before) => events.cancelMany(owner, { ...asked, before }))) {
    ended.push(...page.cancelled);
    if (!json) for (const { event, state } of page.cancelled) output.result(`${event}  ${state}`);
  }
  if (json) output.json({ v: PROTOCOL_VERSION, cancelled: ended });
  output.progress(say('events.cancelled-many', { count: ended.filter(({ state }) => state === 'cancelled').length }));
  return EXIT.ok;
}
