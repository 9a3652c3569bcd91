import { claimFreePort } from 'sovfn/servers';

/** For a server that a test is about to start: nobody else is given it while this process lives. */
export async function freePort(): Promise<number> {
  return (await claimFreePort()).port;
}

/** Different ones. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}
