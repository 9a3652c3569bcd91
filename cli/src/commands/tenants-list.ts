import type { TenantSummary } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import { formatBytes } from '../format.ts';
import { formatTable } from '../table.ts';

export const tenantsList = defineCommand({
  examples: ['tenants list', 'tenants list --json'],
  args: {},
  positionals: {},
  async handler(_, { connectAsOperator, output, say, json, locale }) {
    const answer = await (await connectAsOperator()).access.listTenants();
    if (json) output.json(answer);
    else {
      const columns = [
        'column.tenant',
        'column.functions',
        'column.calls-per-minute',
        'column.concurrency',
        'column.storage',
      ] as const;
      const shown = (quota: number | null): string => (quota === null ? '–' : String(quota));
      const hasEnding = answer.tenants.some(({ erasure }) => erasure !== null);
      const rows = answer.tenants.map((tenant) => {
        const { name, functions, quotas, erasure } = tenant;
        const most = quotas.functions === null ? String(functions) : `${functions}/${quotas.functions}`;
        const state = erasure === null ? '–' : say(`tenants.${erasure}`);
        const shownQuotas = [
          most,
          shown(quotas.callsPerMinute),
          shown(quotas.concurrency),
          showStorage(tenant, locale),
        ];
        return [name, ...shownQuotas, ...(hasEnding ? [state] : [])];
      });
      const head = [...columns.map((column) => say(column)), ...(hasEnding ? [say('column.state')] : [])];
      output.result(formatTable([head, ...rows], output.width));
    }
    return EXIT.ok;
  },
});

function showStorage({ quotas: { storageBytes }, storage }: TenantSummary, locale: string): string {
  if (storageBytes === null) return '–';
  const used = storage === null ? '?' : formatBytes(storage.usedBytes, locale);
  return `${used}/${formatBytes(storageBytes, locale)}`;
}
