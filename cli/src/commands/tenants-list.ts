import { defineCommand, EXIT } from '../command.ts';
import { formatTable } from '../table.ts';

export const tenantsList = defineCommand({
  examples: ['tenants list', 'tenants list --json'],
  args: {},
  positionals: {},
  async handler(_, { connectAsOperator, output, say, json }) {
    const answer = await (await connectAsOperator()).access.listTenants();
    if (json) output.json(answer);
    else {
      const columns = ['column.tenant', 'column.functions', 'column.calls-per-minute', 'column.concurrency'] as const;
      const shown = (quota: number | null): string => (quota === null ? '–' : String(quota));
      const hasEnding = answer.tenants.some(({ erasure }) => erasure !== null);
      const rows = answer.tenants.map(({ name, functions, quotas, erasure }) => {
        const most = quotas.functions === null ? String(functions) : `${functions}/${quotas.functions}`;
        const state = erasure === null ? '–' : say(`tenants.${erasure}`);
        return [name, most, shown(quotas.callsPerMinute), shown(quotas.concurrency), ...(hasEnding ? [state] : [])];
      });
      const head = [...columns.map((column) => say(column)), ...(hasEnding ? [say('column.state')] : [])];
      output.result(formatTable([head, ...rows], output.width));
    }
    return EXIT.ok;
  },
});
