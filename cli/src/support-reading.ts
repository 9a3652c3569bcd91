/** Commands that read what is a tenant's own: with `--tenant`, as its operator, while the tenant has agreed. */
import type { ControlClient } from './api/control-client.ts';
import type { CommandContext } from './context.ts';

export const READING_ARGUMENTS = {
  tenant: { type: 'string', value: 'tenant', summary: 'support.tenant' },
} as const;

/** `tenant` null: that of the token. */
export async function connectToRead(
  tenant: string | null,
  { connect, connectAsOperator }: Pick<CommandContext, 'connect' | 'connectAsOperator'>,
): Promise<ControlClient> {
  return tenant === null ? connect() : (await connectAsOperator()).forSupportOf(tenant);
}
