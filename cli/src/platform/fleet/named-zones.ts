/** The zones that the operator has named, in the platform's data folder: from it what they ask for is signed into labels. */
import {
  MOST_NAMED_ZONES,
  type NamedZone,
  namedZoneSchema,
  type Place,
  satisfiesZone,
  SovfnError,
} from '@sovfn/protocol';
import { z } from 'zod';
import { readIfThere } from '../../read-if-there.ts';
import type { DataFolder } from '../data-folder.ts';
import { writeFileWhole } from '../files.ts';

const fileSchema = z.strictObject({ v: z.literal(1), zones: z.array(namedZoneSchema).max(MOST_NAMED_ZONES) });

/** In order of their names. Throws SovfnError `config-invalid`. */
export async function readNamedZones(folder: DataFolder): Promise<NamedZone[]> {
  const text = await readIfThere(folder.zones);
  if (text === null) return [];
  try {
    return fileSchema.parse(JSON.parse(text)).zones;
  } catch (cause) {
    throw new SovfnError('config-invalid', `${folder.zones} does not hold the definitions of zones`, {
      cause,
      hint: 'Restore it from a backup: labels that were signed before hold them too (identity/*/labels.json).',
    });
  }
}

/** Of the platform, those that a place satisfies. */
export async function namedZonesOf(folder: DataFolder, place: Place): Promise<NamedZone[]> {
  return (await readNamedZones(folder)).filter((zone) => satisfiesZone(place, zone));
}

export async function writeNamedZones(folder: DataFolder, zones: readonly NamedZone[]): Promise<void> {
  const inOrder = zones.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  await writeFileWhole(folder.zones, JSON.stringify({ v: 1, zones: inOrder }, null, 2));
}
