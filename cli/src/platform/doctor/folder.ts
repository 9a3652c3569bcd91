/** Checks of the data folder and of the ports. */
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { exposedPaths, isDataFolder } from '../data-folder.ts';
import { DEFAULT_PORTS } from '../ports.ts';
import { isPortFree, LOOPBACK } from '../../servers/free-port.ts';
import { type DoctorCheck, type DoctorContext, fail, ok, warn } from './check.ts';

const GIB = 1024 ** 3;
/** Below this, JetStream and MinIO begin to refuse writes. GiB. */
const LEAST_DISK_GIB = 1;
const COMFORTABLE_DISK_GIB = 5;

export async function checkDataFolder({ folder }: DoctorContext): Promise<DoctorCheck> {
  if (!(await isDataFolder(folder.path))) return ok('data-folder', `${folder.path} does not exist yet`);
  const exposed = await exposedPaths(folder);
  if (exposed.length === 0) return ok('data-folder', `${folder.path} is readable by its owner only`);
  const detail = `other users may read or write ${exposed.join(', ')}`;
  return fail(
    'data-folder',
    detail,
    `Run \`chmod -R go-rwx ${folder.path}\`, and change the keys if others were there.`,
  );
}

export async function checkDisk({ folder }: DoctorContext): Promise<DoctorCheck> {
  const { bavail, bsize } = await statfs(await nearestExisting(folder.path));
  const freeGib = (bavail * bsize) / GIB;
  const detail = `${freeGib.toFixed(1)} GiB free for ${folder.path}`;
  if (freeGib >= COMFORTABLE_DISK_GIB) return ok('disk', detail);
  const hint = 'Free some space, or move the data folder to another disk.';
  return freeGib >= LEAST_DISK_GIB ? warn('disk', detail, hint) : fail('disk', detail, hint);
}

export async function checkPorts({ running }: DoctorContext): Promise<DoctorCheck> {
  if (running !== null) {
    const ports = Object.entries(running.ports).map(([name, port]) => `${name} ${port}`);
    return ok('ports', `in use by this platform on ${LOOPBACK}: ${ports.join(', ')}`);
  }
  const taken: string[] = [];
  for (const [name, port] of Object.entries(DEFAULT_PORTS)) {
    if (!(await isPortFree(port))) taken.push(`${name} ${port}`);
  }
  if (taken.length === 0) return ok('ports', `the default ports are free: ${Object.values(DEFAULT_PORTS).join(', ')}`);
  return warn('ports', `taken by others: ${taken.join(', ')}`, '`sovfn up` takes free ports instead and says which.');
}

async function nearestExisting(path: string): Promise<string> {
  const exists = await statfs(path).then(
    () => true,
    () => false,
  );
  return exists || dirname(path) === path ? path : nearestExisting(dirname(path));
}
