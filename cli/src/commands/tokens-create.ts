import {
  durationMs,
  durationSchema,
  OPERATOR_SCOPES,
  PROTOCOL_VERSION,
  ROLE_NAMES,
  roleSchema,
  scopeSchema,
  SCOPES,
  scopesOf,
} from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { showIssuedToken } from '../show-token.ts';
import { usageError } from '../usage-errors.ts';

export const tokensCreate = defineCommand({
  examples: [
    'tokens create ci --role developer --expires 90d',
    'tokens create deployer --scope deploy --function invoice',
    'tokens create first --tenant acme --role owner',
  ],
  args: {
    role: { type: 'string', value: 'role', choices: ROLE_NAMES, summary: 'tokens.role' },
    scope: { type: 'strings', value: 'scope', choices: SCOPES, summary: 'tokens.scope' },
    function: { type: 'string', value: 'function', summary: 'tokens.function' },
    tenant: { type: 'string', value: 'tenant', summary: 'tokens.tenant' },
    expires: { type: 'string', value: 'time', summary: 'tokens.expires' },
  },
  positionals: { name: { summary: 'argument.token-name' } },
  async handler({ name, role, scope, function: only, tenant, expires }, context) {
    const asked = { role: readRole(role, context), scopes: scope.map((written) => readScope(written, context)) };
    const expiresAt = expires === null ? null : readExpiry(expires, context);
    const ofOperator = [...scopesOf(asked.role, asked.scopes)].some((one) => OPERATOR_SCOPES.has(one));
    const client = await (tenant !== null || ofOperator ? context.connectAsOperator() : context.connect());
    const of = { name, tenant, function: only, ...asked, expiresAt };
    showIssuedToken(await client.access.createToken({ v: PROTOCOL_VERSION, ...of }), context);
    return EXIT.ok;
  },
});

function readRole(written: string | null, { say }: CommandContext) {
  if (written === null) return null;
  const parsed = roleSchema.safeParse(written);
  if (parsed.success) return parsed.data;
  throw usageError(say('tokens.bad-role', { role: written }), say('tokens.one-of', { names: ROLE_NAMES.join(', ') }));
}

function readScope(written: string, { say }: CommandContext) {
  const parsed = scopeSchema.safeParse(written);
  if (parsed.success) return parsed.data;
  throw usageError(say('tokens.bad-scope', { scope: written }), say('tokens.one-of', { names: SCOPES.join(', ') }));
}

/** `90d` from now, or a time. */
function readExpiry(written: string, { say }: CommandContext): string {
  const time = durationSchema.safeParse(written).success ? Date.now() + durationMs(written) : Date.parse(written);
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  throw usageError(say('tokens.bad-expiry', { time: written }), say('tokens.bad-expiry.hint'));
}
