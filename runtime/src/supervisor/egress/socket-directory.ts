import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Longest path of a socket, on all systems that have them. */
const PATH_LENGTH = 100;

/**
 * Makes the directory in which cells listen for the broker, which nobody else of this machine may enter: `wanted`, or a
 * temporary one where that takes no sockets, as on some mounted file systems. What was in it is gone.
 */
export async function makeSocketDirectory(wanted: string): Promise<string> {
  await rm(wanted, { recursive: true, force: true });
  await mkdir(wanted, { recursive: true, mode: 0o700 });
  return (await takesSockets(wanted)) ? wanted : mkdtemp(join(tmpdir(), 'sovfn-sockets-'));
}

async function takesSockets(directory: string): Promise<boolean> {
  const path = join(directory, 'probe');
  // Cells and the broker have short names for theirs, by their working directory.
  if (path.length > PATH_LENGTH) return true;
  const server = createServer().listen(path);
  try {
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
