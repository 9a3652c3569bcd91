/** A real MinIO on the loopback address, on a free port, with its data in a temporary folder. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { provideServer } from 'sovfn/servers';
import { freePort } from './free-port.ts';
import { ServerProcess } from './server-process.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

const HOST = '127.0.0.1';
/** What a call without keys gets from a server that works. */
const S3_ANONYMOUS_REFUSED = 403;

export interface MinioServer extends AsyncDisposable {
  readonly endpoint: {
    readonly host: string;
    readonly port: number;
    readonly accessKey: string;
    readonly secretKey: string;
  };
  readonly pid: number;
  /** The server's last output. */
  readonly output: string;
  /** The folder with the objects, for tests that damage them. */
  readonly dataFolder: string;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts again on the same port and files; kills it first when it runs. */
  restart(): Promise<void>;
}

export async function startMinio(): Promise<MinioServer> {
  const { path: binary } = await provideServer('minio');
  const folder = await makeTemporaryFolder('minio');
  const dataFolder = join(folder.path, 'data');
  const endpoint = {
    host: HOST,
    port: await freePort(),
    accessKey: 'sovfn-test',
    secretKey: randomBytes(16).toString('hex'),
  };
  const launch = async (): Promise<ServerProcess> =>
    ServerProcess.start({
      binary,
      args: ['server', '--address', `${HOST}:${endpoint.port}`, dataFolder],
      env: {
        HOME: folder.path,
        MINIO_ROOT_USER: endpoint.accessKey,
        MINIO_ROOT_PASSWORD: endpoint.secretKey,
        MINIO_BROWSER: 'off',
        MINIO_UPDATE: 'off',
      },
      isReady: async () => answersS3(endpoint.port),
    });
  let server: ServerProcess;
  try {
    server = await launch();
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
  return {
    endpoint,
    dataFolder,
    get pid() {
      return server.pid;
    },
    get output() {
      return server.output;
    },
    kill: async () => server.kill(),
    restart: async () => {
      await server.kill();
      server = await launch();
    },
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
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
