import type { ControlClient } from './api/control-client.ts';
import type { CommandContext } from './context.ts';

/** Commands about the token's own tenant, or about the one that is named, which only an operator may. */
export async function connectForTenant(
  tenant: string | null,
  { connect, connectAsOperator }: Pick<CommandContext, 'connect' | 'connectAsOperator'>,
): Promise<ControlClient> {
  return tenant === null ? connect() : connectAsOperator();
}
