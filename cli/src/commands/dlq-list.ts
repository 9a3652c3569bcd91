import { type LetterList, PROTOCOL_VERSION } from '@sovfn/protocol';
import type { EventClient } from '../api/event-client.ts';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { FILTER_ARGUMENTS, queryOf, readEvent, readFilter, readLimit } from '../events/event-arguments.ts';
import { readList, type WantedList } from '../events/read-list.ts';
import { describeOrigin } from '../events/render-event.ts';
import { formatTime } from '../format.ts';
import { printable } from '../printable.ts';
import { formatTable } from '../table.ts';
import { connectToRead, READING_ARGUMENTS } from '../support-reading.ts';

const DEFAULT_LIMIT = 20;
const LARGEST_LIMIT = 100_000;
/** Of a cause in the table; `dlq show` has all of it. Characters. */
const CAUSE = 80;

export const dlqList = defineCommand({
  examples: ['dlq list ledger', 'dlq list ledger --from 2026-11-26 --outcome exceeded-cpu', 'dlq list ledger --json'],
  args: {
    ...READING_ARGUMENTS,
    limit: { type: 'string', short: 'n', value: 'count', summary: 'dlq.limit' },
    before: { type: 'string', value: 'event', summary: 'events.before' },
    ...FILTER_ARGUMENTS,
    outcome: { type: 'string', value: 'outcome', summary: 'dlq.outcome' },
  },
  positionals: { function: { summary: 'argument.function' } },
  async handler({ function: name, limit, before, outcome, tenant, ...written }, context) {
    const { output, say, json } = context;
    const most = readLimit(limit, { most: LARGEST_LIMIT, usual: DEFAULT_LIMIT }, context);
    const start = before === null ? null : readEvent(before, context);
    const query = queryOf({ ...readFilter(written, context), outcome });
    const list = await askFor((await connectToRead(tenant, context)).events, name, { most, start, query });
    if (json) output.json(list);
    else showList(list, name, context);
    for (const event of list.damaged) output.progress(output.paintProgress.red(say('events.damaged', { event })));
    return EXIT.ok;
  },
});

async function askFor(client: EventClient, name: string, wanted: WantedList): Promise<LetterList> {
  const { items, damaged, next } = await readList(wanted, async (query) => {
    const page = await client.listLetters(name, query);
    return { ...page, items: page.letters };
  });
  return { v: PROTOCOL_VERSION, letters: [...items], damaged: [...damaged], next };
}

function showList({ letters, next }: LetterList, name: string, { output, say }: CommandContext): void {
  if (letters.length === 0) return output.progress(say('dlq.empty', { name }));
  const head = [
    say('column.event'),
    say('column.from'),
    say('column.died'),
    say('column.attempts'),
    say('column.cause'),
  ];
  const rows = letters.map((letter) => [
    letter.event,
    describeOrigin(letter),
    formatTime(letter.diedAt),
    String(letter.attempts),
    shorten(printable(letter.cause.replaceAll(/\s+/g, ' '))),
  ]);
  output.result(formatTable([head, ...rows], output.width));
  if (next !== null) output.progress(say('dlq.more', { before: next }));
}

function shorten(text: string): string {
  return text.length <= CAUSE ? text : `${text.slice(0, CAUSE - 1)}…`;
}
