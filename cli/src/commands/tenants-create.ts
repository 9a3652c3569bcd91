import { NO_QUOTAS } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import { QUOTA_ARGUMENTS, readQuotas } from '../quota-arguments.ts';

export const tenantsCreate = defineCommand({
  examples: [
    'tenants create acme',
    'tenants create acme --calls-per-minute 6000 --concurrency 100 --functions 20 --storage 10GB',
  ],
  args: QUOTA_ARGUMENTS,
  positionals: { name: { summary: 'argument.tenant' } },
  async handler({ name, ...written }, context) {
    const { connectAsOperator, output, say, json } = context;
    const quotas = readQuotas(written, NO_QUOTAS, context);
    const answer = await (await connectAsOperator()).access.createTenant(name, quotas);
    if (json) output.json(answer);
    else output.result(`${output.paint.green('✔')} ${say('tenants.created', { name })}`);
    return EXIT.ok;
  },
});
