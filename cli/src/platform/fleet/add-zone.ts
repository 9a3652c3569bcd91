/** Names a zone: what it asks for, and which of the nodes on other hosts serve it from their next start on. */
import {
  MOST_NAMED_ZONES,
  type NamedZone,
  PROTOCOL_VERSION,
  type SetEnrolmentRequest,
  SovfnError,
  satisfiesZone,
  type UnmetCriterion,
  unmetCriterion,
  type ZoneDefinition,
} from '@sovfn/protocol';
import { isDeepStrictEqual } from 'node:util';
import { dataFolder, type DataFolder } from '../data-folder.ts';
import { placeOfMachine } from '../enrol.ts';
import { requireRunning } from './add-node.ts';
import { type EnrolmentRecord, listEnrolments, withEnrolments, writeEnrolment } from './enrolments.ts';
import { readNamedZones, writeNamedZones } from './named-zones.ts';

export interface AddZoneOptions {
  /** Data folder of the platform, which runs on this machine. */
  readonly data: string;
  readonly zone: NamedZone;
  /** Writes into the audit log that it is being named. */
  readonly note: (definition: ZoneDefinition) => Promise<unknown>;
  readonly tellGateways: (node: string, state: SetEnrolmentRequest) => Promise<unknown>;
}

/** A machine, and what it does not satisfy; null: it is in the zone. */
export interface ZoneMember {
  readonly node: string;
  readonly unmet: UnmetCriterion | null;
}

export interface AddedZone {
  /** Of the machine of the platform: unless it is null, the platform cannot serve the zone. */
  readonly unmet: UnmetCriterion | null;
  readonly nodes: readonly ZoneMember[];
}

/**
 * Names a zone, and lets the enrolled nodes that satisfy it serve it from their next start on. Can be repeated, should it fail half
 * way. Throws SovfnError `zone-exists` when the name means something else, `config-invalid`, or `no-platform`.
 */
export async function addZone({ data, zone, note, tellGateways }: AddZoneOptions): Promise<AddedZone> {
  const folder = dataFolder(data);
  requireRunning(folder);
  return withEnrolments(folder, async () => {
    const zones = await readNamedZones(folder);
    if (isNew(zones, zone)) {
      await note({ v: PROTOCOL_VERSION, zone });
      await writeNamedZones(folder, [...zones, zone]);
    }
    const nodes = (await listEnrolments(folder)).filter(({ state }) => state !== 'removed');
    for (const record of nodes) await letServe(folder, record, { zone, tellGateways });
    const members = nodes.map(({ node, place }) => ({ node, unmet: unmetCriterion(place, zone) }));
    return { unmet: unmetCriterion(await placeOfMachine(folder, {}), zone), nodes: members };
  });
}

function isNew(zones: readonly NamedZone[], zone: NamedZone): boolean {
  const known = zones.find(({ name }) => name === zone.name);
  if (known === undefined && zones.length >= MOST_NAMED_ZONES) {
    throw new SovfnError('config-invalid', `this platform has ${MOST_NAMED_ZONES} named zones, and no room for more`);
  }
  if (known === undefined || isDeepStrictEqual(known, zone)) return known === undefined;
  throw new SovfnError('zone-exists', `zone "${zone.name}" asks for something else on this platform`, {
    hint: 'What a zone asks for never changes: functions, data and receipts are in it. Choose another name.',
  });
}

async function letServe(
  folder: DataFolder,
  record: EnrolmentRecord,
  { zone, tellGateways }: Pick<AddZoneOptions, 'zone' | 'tellGateways'>,
): Promise<void> {
  if (!satisfiesZone(record.place, zone) || record.zones.includes(zone.name)) return;
  const { node, enrolment } = record;
  const zones = [...record.zones, zone.name];
  await tellGateways(node, { v: PROTOCOL_VERSION, enrolment, zones, state: 'admitted' });
  await writeEnrolment(folder, { ...record, zones });
}
