import { AtomicBatches, GroupCommit } from '@sovfn/bus';
import { WireClient } from '@sovfn/bus/wire';
import { inboxPrefix } from '@sovfn/protocol';
import type { GatewayConfig, GatewaySecrets } from '../config.ts';
import { logBusRefused } from '../events.ts';
import type { Log } from '../logger.ts';

export interface EventCommitsOptions {
  readonly config: GatewayConfig;
  readonly secrets: Pick<GatewaySecrets, 'bus'>;
  readonly log: Log;
  /** Ends the connection. */
  readonly parts: AsyncDisposableStack;
}

/** Group commits by zone: a batch is stored in one stream. */
export interface EventCommits {
  readonly events: ReadonlyMap<string, GroupCommit>;
  readonly records: ReadonlyMap<string, GroupCommit>;
  readonly ended: ReadonlyMap<string, GroupCommit>;
  readonly ticks: ReadonlyMap<string, GroupCommit>;
}

/** Opens a bus connection for them alone, so that a large batch stands in front of no call. Throws `bus-unavailable`. */
export async function openEventCommits({ config, secrets, log, parts }: EventCommitsOptions): Promise<EventCommits> {
  const wire = await WireClient.connect({
    address: config.bus,
    credential: secrets.bus,
    name: `gateway ${config.id} events`,
    onRefused: (reason) => logBusRefused(log, reason),
  });
  parts.defer(() => wire.close());
  const batches = new AtomicBatches({ wire, inboxPrefix: `${inboxPrefix('gateway')}.${config.id}` });
  parts.defer(() => batches.close());
  const forEachZone = () => new Map(config.zones.map((zone) => [zone, new GroupCommit(batches)]));
  return { events: forEachZone(), records: forEachZone(), ended: forEachZone(), ticks: forEachZone() };
}
