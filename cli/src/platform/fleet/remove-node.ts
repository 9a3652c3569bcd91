import { PROTOCOL_VERSION, type SetEnrolmentRequest, SovfnError } from '@sovfn/protocol';
import { dataFolder } from '../data-folder.ts';
import { removeStoreUser } from '../minio-admin.ts';
import { storeUserOf } from '../store-users.ts';
import { updateAccountSigners } from './account-signers.ts';
import { requireRunning, storeRoot } from './add-node.ts';
import { readEnrolment, withEnrolments, writeEnrolment } from './enrolments.ts';

export interface RemoveNodeOptions {
  /** Data folder of the platform, which runs on this machine. */
  readonly data: string;
  readonly node: string;
  readonly tellGateways: (node: string, state: SetEnrolmentRequest) => Promise<unknown>;
}

/**
 * Takes a node's rights back: NATS has ended its connections and those of its cells when this resolves, and takes none again;
 * the port for nodes and the object store refuse it; gateways end its calls and count on its labels no more. Can be repeated,
 * should it fail half way. Throws SovfnError `node-not-found` or `no-platform`.
 */
export async function removeNode({ data, node, tellGateways }: RemoveNodeOptions): Promise<void> {
  const folder = dataFolder(data);
  const platform = requireRunning(folder);
  await withEnrolments(folder, async () => {
    const record = await readEnrolment(folder, node);
    if (record === null) {
      throw new SovfnError('node-not-found', `node "${node}" was not added from another host`, {
        hint: 'The node that runs with the platform goes with it; `sovfn nodes drain` keeps calls from it.',
      });
    }
    const { enrolment, zones } = record;
    await writeEnrolment(folder, { ...record, state: 'removed' });
    await updateAccountSigners(folder, platform.ports.bus);
    await tellGateways(node, { v: PROTOCOL_VERSION, enrolment, zones, state: 'removed' });
    await removeStoreUser(await storeRoot(folder, platform), storeUserOf(node));
  });
}
