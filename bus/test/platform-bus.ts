/** A nats-server with the users of a platform, for tests. */
import { startNats } from '@sovfn/testkit';
import {
  cellPermissions,
  gatewayPermissions,
  inboxPrefix,
  type Permissions,
  supervisorPermissions,
} from '@sovfn/protocol';
import {
  type BusCredential,
  connectBus,
  createBusOperator,
  createUserCredential,
  operatorConfig,
} from '../src/index.ts';
import { WireClient } from '../src/wire/index.ts';

export const ZONE = 'fr';

export async function startPlatformBus() {
  const operator = await createBusOperator('test');
  const nats = await startNats({ config: operatorConfig(operator) });
  const credential = (name: string, permissions: Permissions, expiresAt: Date | null = null): Promise<BusCredential> =>
    createUserCredential({ accountSeed: operator.accountSeed, name, permissions, expiresAt });
  const users = {
    gateway: await credential('gw-1', gatewayPermissions('gw-1', [ZONE])),
    node: await credential('node-1', supervisorPermissions('node-1', [ZONE], 'FR')),
    cell: await credential('c1', cellPermissions(ZONE, 'main', 'c1')),
  };
  return {
    nats,
    operator,
    users,
    credential,
    wire: (user: BusCredential, onRefused?: (text: string) => void) =>
      WireClient.connect({ address: nats.address, credential: user, name: 'test', ...(onRefused && { onRefused }) }),
    gatewayConnection: () =>
      connectBus({
        address: nats.address,
        credential: users.gateway,
        name: 'gw-1',
        inboxPrefix: `${inboxPrefix('gateway')}.gw-1`,
      }),
    nodeConnection: () =>
      connectBus({
        address: nats.address,
        credential: users.node,
        name: 'node-1',
        inboxPrefix: `${inboxPrefix('node')}.node-1`,
      }),
    [Symbol.asyncDispose]: () => nats[Symbol.asyncDispose](),
  };
}

export type PlatformBus = Awaited<ReturnType<typeof startPlatformBus>>;
