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

export async function checkDataFolder({ folder, say }: DoctorContext): Promise<DoctorCheck> {
  const named = { folder: folder.path };
  if (!(await isDataFolder(folder.path))) return ok('data-folder', say('doctor.folder.absent', named));
  const exposed = await exposedPaths(folder);
  if (exposed.length === 0) return ok('data-folder', say('doctor.folder', named));
  const detail = say('doctor.folder.exposed', { paths: exposed.join(', ') });
  return fail('data-folder', detail, say('doctor.folder.exposed.hint', named));
}

export async function checkDisk({ folder, say }: DoctorContext): Promise<DoctorCheck> {
  const { bavail, bsize } = await statfs(await nearestExisting(folder.path));
  const freeGib = (bavail * bsize) / GIB;
  const detail = say('doctor.disk', { size: freeGib.toFixed(1), folder: folder.path });
  if (freeGib >= COMFORTABLE_DISK_GIB) return ok('disk', detail);
  const hint = say('doctor.disk.hint');
  return freeGib >= LEAST_DISK_GIB ? warn('disk', detail, hint) : fail('disk', detail, hint);
}

export async function checkPorts({ running, say }: DoctorContext): Promise<DoctorCheck> {
  if (running !== null) {
    const ports = Object.entries(running.ports).map(([name, port]) => `${name} ${port}`);
    return ok('ports', say('doctor.ports.used', { host: LOOPBACK, ports: ports.join(', ') }));
  }
  const taken: string[] = [];
  for (const [name, port] of Object.entries(DEFAULT_PORTS)) {
    if (!(await isPortFree(port))) taken.push(`${name} ${port}`);
  }
  const ports = Object.values(DEFAULT_PORTS).join(', ');
  if (taken.length === 0) return ok('ports', say('doctor.ports.free', { ports }));
  return warn('ports', say('doctor.ports.taken', { ports: taken.join(', ') }), say('doctor.ports.taken.hint'));
}

async function nearestExisting(path: string): Promise<string> {
  const exists = await statfs(path).then(
    () => true,
    () => false,
  );
  return exists || dirname(path) === path ? path : nearestExisting(dirname(path));
}
