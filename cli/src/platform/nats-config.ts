import { MESSAGE_BYTES, type NamedZone, type Place, zonesOf, zoneServerTag } from '@sovfn/protocol';
import type { DataFolder } from './data-folder.ts';
import type { Ports } from './ports.ts';
import { LOOPBACK } from '../servers/free-port.ts';

/** How long the server waits for a slow reader before it ends the connection; above the cells' longest slice of work. */
const WRITE_DEADLINE = '10s';

export interface NatsConfigOptions {
  readonly folder: DataFolder;
  readonly ports: Ports;
  /** Identifies this server on the monitoring port, so that another's answer is not taken for its own. */
  readonly serverName: string;
  readonly busConfig: string;
  /** Of the machine: JetStream keeps streams on servers that carry the tag of their zone. */
  readonly place: Place;
  /** Those that the place satisfies. */
  readonly namedZones: readonly NamedZone[];
}

/** Text of nats.conf. It holds no secret: JWTs are signed statements, the keys behind them stay in their files. */
export function natsConfig(options: NatsConfigOptions): string {
  const { folder, ports, serverName, busConfig, place, namedZones } = options;
  return [
    `server_name: ${JSON.stringify(serverName)}`,
    `listen: "${LOOPBACK}:${ports.bus}"`,
    `http: "${LOOPBACK}:${ports.monitor}"`,
    `server_tags: ${JSON.stringify(zonesOf(place, namedZones).map(zoneServerTag))}`,
    `max_payload: ${MESSAGE_BYTES}`,
    `write_deadline: "${WRITE_DEADLINE}"`,
    'jetstream {',
    `  store_dir: ${JSON.stringify(folder.bus)}`,
    // Without it, acknowledged messages of the last two minutes are lost when the power fails.
    '  sync_interval: always',
    '}',
    busConfig,
  ].join('\n');
}
