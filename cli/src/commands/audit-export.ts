import { readableJson } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import { connectForTenant } from '../connect-for-tenant.ts';

export const auditExport = defineCommand({
  examples: ['audit export > audit.json', 'audit export --tenant acme > acme.json'],
  args: { tenant: { type: 'string', value: 'tenant', summary: 'tokens.tenant' } },
  positionals: {},
  async handler({ tenant }, context) {
    const { output, say } = context;
    const exported = await (await connectForTenant(tenant, context)).audit.export(tenant);
    await output.bytes(Buffer.from(readableJson(exported)));
    output.progress(say('audit.exported', { count: exported.entries.length, tenant: exported.tenant }));
    return EXIT.ok;
  },
});
