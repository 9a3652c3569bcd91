import { QUOTA_NAMES, type TenantDetail } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { formatBytes, formatTime } from '../format.ts';
import { formatFacts, formatTable } from '../table.ts';

export const tenantsShow = defineCommand({
  examples: ['tenants show acme', 'tenants show acme --json'],
  args: {},
  positionals: { name: { summary: 'argument.tenant' } },
  async handler({ name }, context) {
    const { connectAsOperator, output, json } = context;
    const answer = await (await connectAsOperator()).access.showTenant(name);
    if (json) output.json(answer);
    else output.result(renderTenant(answer, context));
    return EXIT.ok;
  },
});

function renderTenant({ tenant, storage }: TenantDetail, { output, say, locale }: CommandContext): string {
  const { name, createdAt, functions, quotas, erasure } = tenant;
  const facts = [
    [say('column.tenant'), name],
    ...(createdAt === null ? [] : [[say('column.made'), formatTime(createdAt)]]),
    ...(erasure === null ? [] : [[say('column.state'), say(`tenants.${erasure}`)]]),
    [say('column.functions'), String(functions)],
    ...QUOTA_NAMES.map((quota) => {
      const value = quotas[quota];
      const isSize = value !== null && quota === 'storageBytes';
      return [say(`tenants.quota.${quota}`), isSize ? formatBytes(value, locale) : String(value ?? '–')];
    }),
  ];
  const total = storage.buckets.reduce((sum, { bytes }) => sum + bytes, storage.kv.bytes);
  const rows = storage.buckets.map(({ bucket, objects, bytes }) => {
    return [bucket, String(objects), formatBytes(bytes, locale)];
  });
  rows.push([say('tenants.show.kv'), String(storage.kv.keys), formatBytes(storage.kv.bytes, locale)]);
  const head = ['bucket', say('erasure.objects'), say('column.size')];
  const kept = say('tenants.show.kept', { size: formatBytes(total, locale), time: formatTime(storage.measuredAt) });
  return [formatFacts(facts, output.width), formatTable([head, ...rows], output.width), kept].join('\n\n');
}
