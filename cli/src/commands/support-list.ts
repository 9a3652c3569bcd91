import { defineCommand, EXIT } from '../command.ts';
import { connectForTenant } from '../connect-for-tenant.ts';
import { formatTime } from '../format.ts';
import { printable } from '../printable.ts';
import { formatTable } from '../table.ts';

export const supportList = defineCommand({
  examples: ['support list', 'support list --tenant acme --json'],
  args: { tenant: { type: 'string', value: 'tenant', summary: 'tokens.tenant' } },
  positionals: {},
  async handler({ tenant }, context) {
    const { output, say, json } = context;
    const answer = await (await connectForTenant(tenant, context)).access.listSupport(tenant);
    if (json) output.json(answer);
    else if (answer.grants.length === 0) output.progress(say('support.empty', { tenant: answer.tenant }));
    else {
      const columns = [
        'column.id',
        'column.state',
        'column.by',
        'column.made',
        'column.ends',
        'column.reason',
      ] as const;
      const rows = answer.grants.map(({ id, state, grantedBy, grantedAt, expiresAt, reason }) => {
        const times = [formatTime(grantedAt), formatTime(expiresAt)];
        return [id, say(`support.${state}`), grantedBy, ...times, printable(reason ?? '–')];
      });
      output.result(formatTable([columns.map((column) => say(column)), ...rows], output.width));
    }
    return EXIT.ok;
  },
});
