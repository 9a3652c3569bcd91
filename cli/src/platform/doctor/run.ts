/** `sovfn doctor`: looks, and leaves nothing behind. */
import { loadMessages, makeSay, type Say } from '../../language.ts';
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
  /** Default: English. */
  readonly say?: Say;
}

/** Every finding, in the order in which to read them. Checks of a running platform are left out when none runs. */
export async function runDoctor(options: DoctorOptions = {}): Promise<DoctorCheck[]> {
  const context = await findContext(options);
  const { running, say } = context;
  const always: readonly Check[] = [
    ['node', async () => checkNode(say)],
    ['isolates', async () => checkIsolates(say)],
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
          ['durable-writes', async () => checkDurableWrites(running, say)],
          ['call-subjects', async () => checkSubscriptions(running, say)],
          ['replicas', async () => checkReplicas(running, say)],
          ['bus-room', async () => checkBusRoom(running, say)],
          ['store', async () => checkStore(context, running)],
          ['store-features', async () => checkStoreFeatures(context, running)],
          ['gateways', async () => checkGateways(context, running)],
          ['labels', async () => checkGatewayLabels(context, running)],
          ...nodeChecks(context, running),
        ];
  return Promise.all([...always, ...whenUp].map((check) => runCheck(check, say)));
}

type Check = readonly [name: string, check: () => Promise<DoctorCheck>];

/** The bus is asked once for both. */
function nodeChecks(context: DoctorContext, running: PlatformRecord): readonly Check[] {
  const nodes = readNodes(context, running);
  return [
    ['nodes', async () => checkNodes(await nodes, context)],
    ['versions', async () => checkVersions(await nodes, running, context)],
  ];
}

/** A check that cannot be made is a finding too. */
async function runCheck([name, check]: Check, say: Say): Promise<DoctorCheck> {
  try {
    return await check();
  } catch (error) {
    return fail(name, say('doctor.unchecked', { reason: (error as Error).message }), say('doctor.unchecked.hint'));
  }
}

async function findContext({ data, environment = process.env, ...options }: DoctorOptions): Promise<DoctorContext> {
  const folder = dataFolder(data ?? (await readCurrentPlatform(environment))?.data ?? defaultDataFolder(environment));
  const record = readRecord(folder);
  const say = options.say ?? makeSay(await loadMessages('en'));
  return { environment, folder, running: record !== null && isRunning(record.up) ? record : null, say };
}
