import { makeInvocationIds, PROTOCOL_VERSION, type ReplayManyRequest } from '@sovfn/protocol';
import { randomBytes } from 'node:crypto';
import { defineCommand, EXIT, type ExitCode } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { FILTER_ARGUMENTS, readEvent, readFilter, readOneOrMany, readState } from '../events/event-arguments.ts';
import { joinPages, pagesOf, type RanAgain, showPage } from '../events/run-pages.ts';
import { usageError } from '../usage-errors.ts';

export const eventsReplay = defineCommand({
  examples: [
    'events replay 01k2v5w8q9xr3t7yb4n6m0zc1d',
    'events replay --function ledger --from 2026-11-26T08:00 --to 2026-11-26T09:30',
    'events replay --function ledger --from 2h --state succeeded --trigger webhook',
  ],
  args: {
    function: { type: 'string', value: 'name', summary: 'events.function' },
    state: { type: 'string', value: 'state', summary: 'events.state' },
    ...FILTER_ARGUMENTS,
    key: { type: 'string', value: 'key', summary: 'events.key' },
  },
  positionals: { event: { optional: true, summary: 'argument.event' } },
  async handler({ event, function: owner, state, key: written, ...rest }, context) {
    const wanted = readOneOrMany(event, owner, context);
    const key = written === null ? newKey() : readEvent(written, context);
    if (wanted.kind === 'one') return replayOne(wanted.event, key, context);
    const filter = readFilter(rest, context);
    const { say } = context;
    if (filter.from === null) throw usageError(say('events.no-from'), say('events.no-from.hint'));
    const only = readState(state, context);
    const to = filter.to ?? new Date().toISOString();
    const range = { ...filter, from: filter.from, to, states: only === null ? null : [only] };
    return replayMany(wanted.owner, { v: PROTOCOL_VERSION, key, ...range }, context);
  },
});

const newKey = makeInvocationIds((size) => randomBytes(size));

async function replayOne(event: string, key: string, { connect, output, json }: CommandContext): Promise<ExitCode> {
  const answer = await (await connect()).events.replay(event, { v: PROTOCOL_VERSION, key });
  if (json) output.json(answer);
  else output.result(answer.replay);
  return EXIT.ok;
}

/** When it fails in the middle, the same key lets it be repeated without running anything twice. */
async function replayMany(
  owner: string,
  asked: Omit<ReplayManyRequest, 'before'>,
  context: CommandContext,
): Promise<ExitCode> {
  const { events } = await context.connect();
  const { output, say, json } = context;
  const pages: RanAgain[] = [];
  try {
    for await (const page of pagesOf((before) => events.replayMany(owner, { ...asked, before }))) {
      showPage(page, context);
      pages.push(page);
    }
  } catch (error) {
    output.progress(say('events.go-on', { key: asked.key, from: asked.from, to: asked.to }));
    throw error;
  }
  const all = joinPages(pages);
  if (json) output.json({ v: PROTOCOL_VERSION, key: asked.key, ...all });
  output.progress(say('events.replayed', { count: all.replayed.length, skipped: all.skipped.length }));
  return all.skipped.length === 0 ? EXIT.ok : EXIT.user;
}
