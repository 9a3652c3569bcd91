/** What `up` was told about nodes on other hosts and the number of gateways: it holds at later starts too, until it is said otherwise. */
import { readFile } from 'node:fs/promises';
import { type NamedZone, nameSchema, type Place, SovfnError, zonesOf } from '@sovfn/protocol';
import { z } from 'zod';
import type { DataFolder } from '../data-folder.ts';
import { MOST_GATEWAYS } from '../gateways.ts';
import { zoneOfMachine } from '../enrol.ts';
import { writeFileWhole } from '../files.ts';

const hostPortSchema = z.strictObject({ host: z.string().min(1).max(255), port: z.int().min(1).max(65_535) });
export type HostPort = z.output<typeof hostPortSchema>;

const settingsSchema = z.strictObject({
  v: z.literal(1),
  /** Null: that of the machine's country. */
  zones: z.array(nameSchema).min(1).nullable(),
  /** Null: nodes of other hosts are not listened for. */
  listenNodes: hostPortSchema.nullable(),
  /** Processes of the gateway. Null: as many as the machine's cores are for. */
  gateways: z.int().min(1).max(MOST_GATEWAYS).nullable().default(null),
});
export type FleetSettings = Readonly<Omit<z.output<typeof settingsSchema>, 'v'>>;

const NONE: FleetSettings = { zones: null, listenNodes: null, gateways: null };

export async function readFleetSettings(folder: DataFolder): Promise<FleetSettings> {
  let text: string;
  try {
    text = await readFile(folder.fleet, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NONE;
    throw error;
  }
  try {
    return settingsSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new SovfnError('config-invalid', `${folder.fleet} does not say where nodes are listened for`, {
      cause,
      hint: 'Remove the file and start again with --listen-nodes and --zones.',
    });
  }
}

/** What holds from now on. */
export async function noteFleetSettings(folder: DataFolder, told: Partial<FleetSettings>): Promise<FleetSettings> {
  const settings = { ...(await readFleetSettings(folder)), ...told };
  if (Object.keys(told).length > 0) await writeFileWhole(folder.fleet, JSON.stringify({ ...settings, v: 1 }, null, 2));
  return settings;
}

/**
 * Zones of gateway and node: `named`, those that the place satisfies, are among them always. Throws SovfnError `zone-unsatisfied`
 * for one that the machine's place does not satisfy.
 */
export function zonesOfPlatform(place: Place, { zones }: FleetSettings, named: readonly NamedZone[]): string[] {
  const wanted = zones ?? [zoneOfMachine(place)];
  const allowed = zonesOf(place, named);
  const [unsatisfied] = wanted.filter((zone) => !allowed.includes(zone));
  if (unsatisfied === undefined) return [...new Set([...wanted, ...named.map(({ name }) => name)])];
  throw new SovfnError(
    'zone-unsatisfied',
    `the platform is to serve zone "${unsatisfied}"; this machine's labels satisfy ${allowed.join(', ')}`,
    { hint: 'Name others with --zones, or declare the place of this machine.' },
  );
}
