/** `sovfn doctor`: looks, and leaves nothing behind. */
import { isRunning } from '../../processes/identity.ts';
import { type Environment, readCurrentPlatform } from '../current.ts';
import { dataFolder, defaultDataFolder } from '../data-folder.ts';
import { type PlatformRecord, readRecord } from '../record.ts';
import { checkDurableWrites, checkSubscriptions } from './bus.ts';
import { checkCertificates } from './certificates.ts';
import { type DoctorCheck, type DoctorContext, fail } from './check.ts';
import { checkDataFolder, checkDisk, checkPorts } from './folder.ts';
import { checkClock, checkIsolates, checkNode, checkServer } from './machine.ts';
import { checkNodes, checkVersions, readNodes } from './nodes.ts';
import { checkGatewayLabels, checkGateways, checkParts } from './services.ts';
import { checkStore, checkStoreFeatures } from './store.ts';
import { checkBusRoom, checkReplicas } from './streams.ts';

export interface DoctorOptions {
  /** Data folder; default: that of the current platform, else the default one. */
  readonly data?: string;
  readonly environment?: Environment;
}

/** Every finding, in the order in which to read them. Checks of a running platform are left out when none runs. */
export async function runDoctor(options: DoctorOptions = {}): Promise<DoctorCheck[]> {
  const context = await findContext(options);
  const { running } = context;
  const always: readonly Check[] = [
    ['node', async () => checkNode()],
    ['isolates', checkIsolates],
    ['nats-server', async () => checkServer('nats-server', context)],
    ['minio', async () => checkServer('minio', context)],
    ['clock', async () => checkClock(context)],
    ['disk', async () => checkDisk(context)],
    ['data-folder', async () => checkDataFolder(context)],
    ['ports', async () => checkPorts(context)],
    ['certificates', async () => checkCertificates(context)],
    ['platform', async () => checkParts(context)],
  ];
  const whenUp: readonly Check[] =
    running === null
      ? []
      : [
          ['durable-writes', async () => checkDurableWrites(running)],
          ['call-subjects', async () => checkSubscriptions(running)],
          ['replicas', async () => checkReplicas(running)],
          ['bus-room', async () => checkBusRoom(running)],
          ['store', async () => checkStore(context, running)],
          ['store-features', async () => checkStoreFeatures(context, running)],
          ['gateways', async () => checkGateways(context, running)],
          ['labels', async () => checkGatewayLabels(context, running)],
          ...nodeChecks(context, running),
        ];
  return Promise.all([...always, ...whenUp].map(runCheck));
}

type Check = readonly [name: string, check: () => Promise<DoctorCheck>];

/** The bus is asked once for both. */
function nodeChecks(context: DoctorContext, running: PlatformRecord): readonly Check[] {
  const nodes = readNodes(context, running);
  return [
    ['nodes', async () => checkNodes(await nodes, context)],
    ['versions', async () => checkVersions(await nodes, running)],
  ];
}

/** A check that cannot be made is a finding too. */
async function runCheck([name, check]: Check): Promise<DoctorCheck> {
  try {
    return await check();
  } catch (error) {
    return fail(name, `could not be checked: ${(error as Error).message}`, 'The other findings may say why.');
  }
}

async function findContext({ data, environment = process.env }: DoctorOptions): Promise<DoctorContext> {
  const folder = dataFolder(data ?? (await readCurrentPlatform(environment))?.data ?? defaultDataFolder(environment));
  const record = readRecord(folder);
  return { environment, folder, running: record !== null && isRunning(record.up) ? record : null };
}
