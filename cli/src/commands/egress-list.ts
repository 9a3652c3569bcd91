import type { EgressRecord } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { queryOf, readLimit } from '../events/event-arguments.ts';
import { formatBytes, formatTime } from '../format.ts';
import { readTimeOrAge } from '../log-arguments.ts';
import { printable } from '../printable.ts';
import { formatTable } from '../table.ts';
import { usageError } from '../usage-errors.ts';

const USUAL_LIMIT = 50;
const LARGEST_LIMIT = 1_000;
const NONE = '–';

export const egressList = defineCommand({
  examples: ['egress list invoice', 'egress list invoice --refused --since 24h', 'egress list invoice --json'],
  args: {
    refused: { type: 'boolean', summary: 'egress.list.refused' },
    host: { type: 'string', value: 'host', summary: 'egress.list.host' },
    since: { type: 'string', value: 'time', summary: 'egress.list.since' },
    invocation: { type: 'string', value: 'id', summary: 'egress.list.invocation' },
    limit: { type: 'string', short: 'n', value: 'n', summary: 'events.limit' },
  },
  positionals: { function: { summary: 'argument.function' } },
  async handler({ function: name, refused, host, since, invocation, limit }, context) {
    const { connect, output, say, json } = context;
    const count = readLimit(limit, { most: LARGEST_LIMIT, usual: USUAL_LIMIT }, context);
    const filter = { host, invocation, since: readSince(since, context), outcome: refused ? 'refused' : null };
    const found = await (await connect()).egress(name, { ...queryOf(filter), limit: String(count) });
    if (json) output.json(found);
    else if (found.requests.length === 0) output.progress(say('egress.list.empty', { name }));
    else output.result(formatTable([headOf(context), ...found.requests.map((of) => rowOf(of, context))], output.width));
    if (found.lost > 0) output.progress(output.paintProgress.yellow(say('egress.list.lost', { count: found.lost })));
    if (found.more) output.progress(say('egress.list.more'));
    return EXIT.ok;
  },
});

function readSince(written: string | null, { say }: CommandContext): string | null {
  if (written === null) return null;
  const time = readTimeOrAge(written);
  if (time !== null) return time;
  throw usageError(say('egress.list.since.bad', { value: written }), say('egress.list.since.hint'));
}

const headOf = ({ say }: CommandContext): string[] => [
  say('column.time'),
  say('column.request'),
  say('column.address'),
  say('column.country'),
  say('column.sent'),
  say('column.received'),
  say('column.outcome'),
];

function rowOf(of: EgressRecord, { say, locale }: CommandContext): string[] {
  const outcome = say(`egress.${of.outcome}`, { status: of.status ?? NONE });
  return [
    formatTime(of.time),
    printable(`${of.method} ${of.origin}`),
    of.address ?? NONE,
    of.country ?? NONE,
    formatBytes(of.sentBytes, locale),
    formatBytes(of.receivedBytes, locale),
    outcome,
  ];
}
