import { durationMs, durationSchema, LONGEST_TOKEN_OVERLAP_MS } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import { connectForTenant } from '../connect-for-tenant.ts';
import type { CommandContext } from '../context.ts';
import { showIssuedToken } from '../show-token.ts';
import { usageError } from '../usage-errors.ts';

export const tokensRotate = defineCommand({
  examples: ['tokens rotate abcdefghijklmno2', 'tokens rotate abcdefghijklmno2 --overlap 0s'],
  args: {
    overlap: { type: 'string', value: 'time', summary: 'tokens.overlap' },
    tenant: { type: 'string', value: 'tenant', summary: 'tokens.tenant' },
  },
  positionals: { id: { summary: 'argument.token-id' } },
  async handler({ id, overlap, tenant }, context) {
    const overlapMs = overlap === null ? null : parseOverlap(overlap, context);
    const client = await connectForTenant(tenant, context);
    showIssuedToken(await client.access.rotateToken(id, tenant, overlapMs), context);
    return EXIT.ok;
  },
});

function parseOverlap(text: string, { say }: CommandContext): number {
  const milliseconds = durationSchema.safeParse(text).success ? durationMs(text) : Infinity;
  if (milliseconds <= LONGEST_TOKEN_OVERLAP_MS) return milliseconds;
  throw usageError(say('secrets.bad-overlap', { overlap: text }), say('secrets.bad-overlap.hint'));
}
