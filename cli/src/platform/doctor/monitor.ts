import { LOOPBACK } from '../../servers/free-port.ts';
import type { PlatformRecord } from '../record.ts';

const ASK_MS = 5_000;

/** What nats-server's monitoring port tells. */
export async function askMonitor({ ports }: Pick<PlatformRecord, 'ports'>, path: string): Promise<unknown> {
  const response = await fetch(`http://${LOOPBACK}:${ports.monitor}${path}`, { signal: AbortSignal.timeout(ASK_MS) });
  return response.json();
}
