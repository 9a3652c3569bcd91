import { readFile } from 'node:fs/promises';
import { nodeSigner, operatorConfig, updateAccount, withSigners } from '@sovfn/bus';
import { SovfnError } from '@sovfn/protocol';
import type { DataFolder } from '../data-folder.ts';
import { writeFileWhole } from '../files.ts';
import { keyFiles, readOperator } from '../keys.ts';
import { configFiles } from '../part-commands.ts';
import { LOOPBACK } from '../../servers/free-port.ts';
import { listEnrolments } from './enrolments.ts';

/**
 * Makes NATS accept the users of exactly the nodes that were not removed: in the keys and the server's configuration, for its
 * next start, and in the running server. Throws SovfnError `bus-unavailable` when that does not take it.
 */
export async function updateAccountSigners(folder: DataFolder, busPort: number): Promise<void> {
  const files = keyFiles(folder);
  const before = await readOperator(files.busOperator);
  const nodes = (await listEnrolments(folder)).filter(({ state }) => state !== 'removed');
  const signers = nodes.map(({ node, enrolment }) => nodeSigner(before.accountSeed, node, enrolment).publicKey);
  const operator = await withSigners(before, signers);
  await writeFileWhole(files.busOperator, JSON.stringify(operator, null, 2));
  const { bus } = configFiles(folder);
  const config = await readFile(bus, 'utf8');
  const [head, tail, ...more] = config.split(operatorConfig(before));
  if (head === undefined || tail === undefined || more.length > 0) {
    throw new SovfnError('config-invalid', `${bus} does not hold the account of ${files.busOperator}`, {
      hint: 'Restart the platform with `sovfn up`, which writes both, and try again.',
    });
  }
  await writeFileWhole(bus, `${head}${operatorConfig(operator)}${tail}`);
  await updateAccount({ host: LOOPBACK, port: busPort }, operator);
}
