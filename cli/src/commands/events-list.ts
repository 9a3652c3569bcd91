import { type EventList, PROTOCOL_VERSION } from '@sovfn/protocol';
import type { EventClient } from '../api/event-client.ts';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { FILTER_ARGUMENTS, queryOf, readEvent, readFilter, readLimit, readState } from '../events/event-arguments.ts';
import { readList, type WantedList } from '../events/read-list.ts';
import { describeEnd, describeOrigin } from '../events/render-event.ts';
import { formatTime } from '../format.ts';
import { formatTable } from '../table.ts';
import { connectToRead, READING_ARGUMENTS } from '../support-reading.ts';

const DEFAULT_LIMIT = 20;
const LARGEST_LIMIT = 100_000;

export const eventsList = defineCommand({
  examples: [
    'events list ledger',
    'events list ledger --state dead-lettered --from 2h',
    'events list ledger --trigger webhook --source stripe --json --limit 1000',
  ],
  args: {
    ...READING_ARGUMENTS,
    limit: { type: 'string', short: 'n', value: 'count', summary: 'events.limit' },
    before: { type: 'string', value: 'event', summary: 'events.before' },
    state: { type: 'string', value: 'state', summary: 'events.state' },
    ...FILTER_ARGUMENTS,
  },
  positionals: { function: { summary: 'argument.function' } },
  async handler({ function: name, limit, before, state, tenant, ...written }, context) {
    const { output, say, json } = context;
    const most = readLimit(limit, { most: LARGEST_LIMIT, usual: DEFAULT_LIMIT }, context);
    const start = before === null ? null : readEvent(before, context);
    const query = queryOf({ ...readFilter(written, context), state: readState(state, context) });
    const list = await askFor((await connectToRead(tenant, context)).events, name, { most, start, query });
    if (json) output.json(list);
    else showList(list, name, context);
    if (list.pausedAt !== null) {
      output.progress(
        output.paintProgress.yellow(say('events.paused-since', { name, time: formatTime(list.pausedAt) })),
      );
    }
    for (const event of list.damaged) output.progress(output.paintProgress.red(say('events.damaged', { event })));
    return EXIT.ok;
  },
});

async function askFor(client: EventClient, name: string, wanted: WantedList): Promise<EventList> {
  let pausedAt: string | null = null;
  const {
    items: events,
    damaged,
    next,
  } = await readList(wanted, async (query) => {
    const page = await client.list(name, query);
    pausedAt = page.pausedAt;
    return { ...page, items: page.events };
  });
  return { v: PROTOCOL_VERSION, events: [...events], damaged: [...damaged], pausedAt, next };
}

function showList({ events, next }: EventList, name: string, { output, say }: CommandContext): void {
  if (events.length === 0) return output.progress(say('events.empty', { name }));
  const head = [
    say('column.event'),
    say('column.state'),
    say('column.from'),
    say('column.accepted'),
    say('column.attempts'),
    say('column.end'),
  ];
  const rows = events.map((summary) => [
    summary.event,
    summary.state,
    describeOrigin(summary),
    formatTime(summary.acceptedAt),
    String(summary.attempts),
    describeEnd(summary),
  ]);
  output.result(formatTable([head, ...rows], output.width));
  if (next !== null) output.progress(say('events.more', { before: next }));
}
