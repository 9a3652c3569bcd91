import { defineCommand, EXIT } from '../command.ts';
import { connectForTenant } from '../connect-for-tenant.ts';

export const tokensRevoke = defineCommand({
  examples: ['tokens revoke abcdefghijklmno2', 'tokens revoke abcdefghijklmno2 --tenant acme'],
  args: { tenant: { type: 'string', value: 'tenant', summary: 'tokens.tenant' } },
  positionals: { id: { summary: 'argument.token-id' } },
  async handler({ id, tenant }, context) {
    const { output, say, json } = context;
    const answer = await (await connectForTenant(tenant, context)).access.revokeToken(id, tenant);
    if (json) output.json(answer);
    else output.result(`${output.paint.green('✔')} ${say('tokens.revoked', { id })}`);
    return EXIT.ok;
  },
});
