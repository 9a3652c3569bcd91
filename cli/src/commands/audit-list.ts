import type { AuditEntry } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import { readLimit } from '../events/event-arguments.ts';
import { formatTime } from '../format.ts';
import { formatTable } from '../table.ts';

const LIMITS = { usual: 50, most: 500 };

export const auditList = defineCommand({
  examples: ['audit list', 'audit list --all --limit 200', 'audit list --tenant acme --json'],
  args: {
    all: { type: 'boolean', summary: 'audit.all' },
    tenant: { type: 'string', value: 'tenant', summary: 'tokens.tenant' },
    limit: { type: 'string', value: 'number', summary: 'audit.limit' },
    before: { type: 'string', value: 'index', summary: 'audit.before' },
  },
  positionals: {},
  async handler({ all, tenant, limit, before }, context) {
    const { connect, connectAsOperator, output, say, json } = context;
    const query = {
      ...(all ? { all: 'true' } : {}),
      ...(tenant === null ? {} : { tenant }),
      limit: String(readLimit(limit, LIMITS, context)),
      ...(before === null ? {} : { before }),
    };
    const answer = await (await (all || tenant !== null ? connectAsOperator() : connect())).audit.list(query);
    if (json) output.json(answer);
    else if (answer.entries.length === 0) output.progress(say('audit.empty'));
    else {
      const columns = [
        'column.index',
        'column.time',
        'column.tenant',
        'column.who',
        'column.what',
        'column.details',
      ] as const;
      output.result(formatTable([columns.map((column) => say(column)), ...answer.entries.map(rowOf)], output.width));
      if (answer.next !== null) output.progress(say('audit.more', { next: answer.next }));
    }
    return EXIT.ok;
  },
});

/** Everything in an entry is printable ASCII. */
function rowOf({ index, at, tenant, actor, action, function: name, details }: AuditEntry): string[] {
  const of = name === null ? [] : [`function=${name}`];
  const said = Object.entries(details).filter(([key]) => key !== 'note');
  const facts = said.map(([key, value]) => `${key}=${value}`);
  return [String(index), formatTime(at), tenant ?? '–', actor, action, [...of, ...facts].join(' ')];
}
