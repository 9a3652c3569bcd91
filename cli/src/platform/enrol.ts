/**
 * Enrols what `up` starts, at each start: the gateways and the node of this machine get labels that say where it is, as far as
 * somebody has declared it. What was declared once holds until it is declared otherwise.
 */
import { join } from 'node:path';
import { enrolComponent, identityFiles, openPlatformSigner, readLabels } from '@sovfn/bus';
import { isSovfnError, type NamedZone, type Place, placeSchema, SovfnError } from '@sovfn/protocol';
import type { z } from 'zod';
import type { DataFolder } from './data-folder.ts';
import { gatewayId, NODE_NAME } from './layout.ts';

/** What an operator states about this machine; what is missing stays as it was. */
export type DeclaredPlace = Partial<Omit<Place, 'basis'>>;

export interface EnrolOptions {
  readonly place: Place;
  readonly namedZones: readonly NamedZone[];
  /** How many. */
  readonly gateways?: number;
}

/** Labels of a machine whose platform is started from time to time, which renews them. */
const VALID_MS = 365 * 86_400_000;

/**
 * Functions require the zone `fr` unless they say otherwise, so without it none would run on a developer's machine. It says of
 * itself that nobody declared it.
 */
const ASSUMED: Place = {
  country: 'FR',
  region: null,
  city: null,
  operator: null,
  provider: null,
  legalSeat: null,
  certs: [],
  basis: 'assumed',
};

export const identityDirectory = (folder: DataFolder, name: string): string => join(folder.identity, name);

/** What holds of this machine. Throws SovfnError `config-invalid` for what is no place. */
export async function placeOfMachine(folder: DataFolder, declared: DeclaredPlace): Promise<Place> {
  return placeOf(declared, await placeBefore(folder));
}

/** Zone that gateway and node serve: that of their country. */
export const zoneOfMachine = ({ country }: Place): string => country.toLowerCase();

/** Throws SovfnError `config-invalid` when the signing key is not the one that the platform began with. */
export async function enrolMachine(
  folder: DataFolder,
  signingKeyFile: string,
  { place, namedZones, gateways = 1 }: EnrolOptions,
  now = new Date(),
): Promise<void> {
  const signer = await openPlatformSigner(signingKeyFile, folder.platformKey);
  const period = { place, namedZones, issuedAt: now, expiresAt: new Date(now.getTime() + VALID_MS) };
  const directory = (name: string): string => identityDirectory(folder, name);
  for (let ordinal = 1; ordinal <= gateways; ordinal += 1) {
    const name = gatewayId(ordinal);
    await enrolComponent(signer, { ...period, role: 'gateway', name, directory: directory(name) });
  }
  const node = { ...period, role: 'node', name: NODE_NAME, directory: directory(NODE_NAME) } as const;
  await enrolComponent(signer, node);
}

/** Region and city are of a country: they go with it. */
export function placeOf(declared: DeclaredPlace, before: Place | null): Place {
  const start = before ?? ASSUMED;
  const moves = declared.country !== undefined && declared.country !== start.country;
  const kept = moves ? { ...start, region: null, city: null } : start;
  const basis = declared.country === undefined ? start.basis : 'declared';
  const parsed = placeSchema.safeParse({ ...kept, ...declared, basis });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new SovfnError(
    'config-invalid',
    `${optionOf(issue!, declared)} cannot be declared of a machine: ${issue!.message}`,
    {
      hint: 'docs/sovereignty.md says what each label means.',
    },
  );
}

/** The option of the command line, with what was written. */
function optionOf({ path: [label] }: z.core.$ZodIssue, declared: DeclaredPlace): string {
  const option = String(label).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const written = declared[label as keyof DeclaredPlace];
  return written === undefined ? `--${option}` : `--${option} ${JSON.stringify(String(written))}`;
}

/** Null on a first start. */
async function placeBefore(folder: DataFolder): Promise<Place | null> {
  try {
    const { labels } = await readLabels(identityFiles(identityDirectory(folder, NODE_NAME)).labels);
    const { country, region, city, operator, provider, legalSeat, certs, basis } = labels;
    return { country, region, city, operator, provider, legalSeat, certs, basis };
  } catch (error) {
    if (isSovfnError(error) && error.code === 'labels-missing') return null;
    throw error;
  }
}
