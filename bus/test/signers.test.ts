import { cellPermissions, supervisorPermissions } from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectBus, createUserCredential, nodeSigner, updateAccount, withSigners } from '../src/index.ts';
import { type PlatformBus, startPlatformBus, ZONE } from './platform-bus.ts';

let bus: PlatformBus;
beforeAll(async () => {
  bus = await startPlatformBus();
});
afterAll(() => bus[Symbol.asyncDispose]());

const ENROLMENT = 'a'.repeat(32);

test('a signer is the same for the same enrolment and another for every other one', () => {
  const { accountSeed } = bus.operator;
  const signer = nodeSigner(accountSeed, 'paris-1', ENROLMENT);
  expect(signer).toEqual(nodeSigner(accountSeed, 'paris-1', ENROLMENT));
  expect(signer.seed).toMatch(/^SA[A-Z2-7]{56}$/);
  expect(signer.publicKey).toMatch(/^A[A-Z2-7]{55}$/);
  const others = [nodeSigner(accountSeed, 'paris-2', ENROLMENT), nodeSigner(accountSeed, 'paris-1', 'b'.repeat(32))];
  for (const other of others) expect(other.publicKey).not.toBe(signer.publicKey);
});

test('a node whose signer is taken out of the account is disconnected with its cells and cannot come back; others stay', async () => {
  const { operator, nats } = bus;
  const { accountSeed } = operator;
  await using gateway = await closing(bus.gatewayConnection());
  const of = async (node: string) => {
    const signer = nodeSigner(accountSeed, node, ENROLMENT);
    const grant = { accountSeed, signerSeed: signer.seed, expiresAt: null };
    const credential = await createUserCredential({
      ...grant,
      name: node,
      permissions: supervisorPermissions(node, [ZONE], 'FR'),
    });
    const cell = await createUserCredential({ ...grant, name: 'c', permissions: cellPermissions(ZONE, 'main', 'c') });
    return { signer, credential, cell };
  };
  const [paris, lyon] = [await of('paris-1'), await of('lyon-1')];
  await updateAccount(nats.address, await withSigners(operator, [paris.signer.publicKey, lyon.signer.publicKey]));
  const connect = (node: string, { credential }: typeof paris) =>
    connectBus({ address: nats.address, credential, name: node, inboxPrefix: `_INBOX_node.${node}` });
  const parisNode = await connect('paris-1', paris);
  await using lyonNode = await closing(connect('lyon-1', lyon));
  const parisCell = await bus.wire(paris.cell);

  await updateAccount(nats.address, await withSigners(operator, [lyon.signer.publicKey]));
  await parisNode.closed();
  await expect.poll(() => parisCell.isConnected).toBe(false);
  await expect(connect('paris-1', paris)).rejects.toMatchObject({ code: 'bus-unavailable' });
  await expect(bus.wire(paris.cell)).rejects.toMatchObject({ code: 'bus-unavailable' });
  await lyonNode.open.flush();
  await gateway.open.flush();
  await parisCell.close();
});

async function closing<T extends { close(): Promise<void> }>(
  opening: Promise<T>,
): Promise<{ open: T } & AsyncDisposable> {
  const open = await opening;
  return { open, [Symbol.asyncDispose]: () => open.close() };
}
