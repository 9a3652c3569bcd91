import { defineCommand, EXIT } from '../command.ts';
import { connectForTenant } from '../connect-for-tenant.ts';
import { formatTime } from '../format.ts';
import { formatTable } from '../table.ts';

export const tokensList = defineCommand({
  examples: ['tokens list', 'tokens list --tenant acme --json'],
  args: { tenant: { type: 'string', value: 'tenant', summary: 'tokens.tenant' } },
  positionals: {},
  async handler({ tenant }, context) {
    const { output, say, json } = context;
    const answer = await (await connectForTenant(tenant, context)).access.listTokens(tenant);
    if (json) output.json(answer);
    else if (answer.tokens.length === 0) output.progress(say('tokens.empty'));
    else {
      const columns = [
        'column.token',
        'column.id',
        'column.may',
        'column.function',
        'column.made',
        'column.ends',
      ] as const;
      const rows = answer.tokens.map(({ name, id, role, scopes, function: only, createdAt, expiresAt }) => {
        const may = [...(role === null ? [] : [role]), ...scopes].join(' ');
        const ends = expiresAt === null ? '–' : formatTime(expiresAt);
        return [name, id, may, only ?? '–', formatTime(createdAt), ends];
      });
      output.result(formatTable([columns.map((column) => say(column)), ...rows], output.width));
    }
    return EXIT.ok;
  },
});
