/** A real MinIO on the loopback address, on a free port, with its data in a temporary folder. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { provideServer } from 'sovfn/servers';
import { freePort } from './free-ports.ts';
import { RestartableServer } from './restartable-server.ts';
import { ServerProcess } from './server-process.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

const HOST = '127.0.0.1';
/** What a call without keys gets from a server that works. */
const S3_ANONYMOUS_REFUSED = 403;

export interface MinioServer extends RestartableServer {
  readonly endpoint: {
    readonly host: string;
    readonly port: number;
    readonly accessKey: string;
    readonly secretKey: string;
  };
  /** The folder with the objects, for tests that damage them. */
  readonly dataFolder: string;
}

export async function startMinio(): Promise<MinioServer> {
  const { path: binary } = await provideServer('minio');
  const folder = await makeTemporaryFolder('minio');
  const dataFolder = join(folder.path, 'data');
  const secretKey = randomBytes(16).toString('hex');
  const endpoint = { host: HOST, port: await freePort(), accessKey: 'sovfn-test', secretKey };
  const env = {
    HOME: folder.path,
    MINIO_ROOT_USER: endpoint.accessKey,
    MINIO_ROOT_PASSWORD: secretKey,
    MINIO_BROWSER: 'off',
    MINIO_UPDATE: 'off',
  };
  const args = ['server', '--address', `${HOST}:${endpoint.port}`, dataFolder];
  const isReady = async (): Promise<boolean> => answersS3(endpoint.port);
  const launch = async (): Promise<ServerProcess> => ServerProcess.start({ binary, args, env, isReady });
  return Object.assign(await RestartableServer.start(folder, launch), { endpoint, dataFolder });
}

/** Not `/minio/health/ready`: the server says so up to 70 ms before it stops answering S3 calls with 503. */
async function answersS3(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://${HOST}:${port}/`, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.status === S3_ANONYMOUS_REFUSED;
  } catch {
    // Not listening yet.
    return false;
  }
}
