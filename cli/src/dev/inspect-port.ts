import { setTimeout as delay } from 'node:timers/promises';
import { isPortFree } from '../servers/free-port.ts';

/** Where debuggers look first. */
const USUAL_PORT = 9229;
const TRIES = 20;
/** The cell that listens there is started beside what else starts. Milliseconds. */
const OPEN_MS = 15_000;
const LOOK_MS = 50;

/** The usual port of debuggers, or the next one that is free. The cell takes it when it starts. */
export async function chooseInspectPort(): Promise<number> {
  for (let port = USUAL_PORT; port < USUAL_PORT + TRIES; port++) if (await isPortFree(port)) return port;
  return USUAL_PORT;
}

/** Resolves when somebody listens there, or after a while: a debugger that is told of the port too early gives up. */
export async function untilInspectable(port: number): Promise<void> {
  const giveUpAt = performance.now() + OPEN_MS;
  while ((await isPortFree(port)) && performance.now() < giveUpAt) await delay(LOOK_MS);
}
