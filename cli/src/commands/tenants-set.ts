import { NO_QUOTAS } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import { QUOTA_ARGUMENTS, readQuotas } from '../quota-arguments.ts';

export const tenantsSet = defineCommand({
  examples: [
    'tenants set acme --calls-per-minute 12000',
    'tenants set acme --concurrency none',
    'tenants set acme --storage 10GB',
  ],
  args: QUOTA_ARGUMENTS,
  positionals: { name: { summary: 'argument.tenant' } },
  async handler({ name, ...written }, context) {
    const { connectAsOperator, output, say, json } = context;
    const client = await connectAsOperator();
    const { tenants } = await client.access.listTenants();
    const before = tenants.find((tenant) => tenant.name === name)?.quotas ?? NO_QUOTAS;
    const answer = await client.access.setTenant(name, readQuotas(written, before, context));
    if (json) output.json(answer);
    else output.result(`${output.paint.green('✔')} ${say('tenants.changed', { name })}`);
    return EXIT.ok;
  },
});
