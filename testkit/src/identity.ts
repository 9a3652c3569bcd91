import { join } from 'node:path';
import { enrolComponent, type IdentityConfig, openPlatformSigner, type PlatformSigner } from '@sovfn/bus';
import type { NamedZone, Place } from '@sovfn/protocol';

/** Satisfies the zones fr, fr-idf and eu. */
export const PARIS: Place = {
  country: 'FR',
  region: 'fr-idf',
  city: 'Paris',
  operator: 'Test SAS',
  provider: null,
  legalSeat: 'FR',
  certs: ['HDS'],
  basis: 'declared',
};

export interface TestPlatformIdentity {
  readonly signer: PlatformSigner;
  /** Of the platform's public key. */
  readonly platformKeyFile: string;
  /** Makes a component's key and labels in a directory of its own. */
  enrol(
    role: 'node' | 'gateway',
    name: string,
    options?: { place?: Place; namedZones?: readonly NamedZone[]; expiresAt?: Date },
  ): Promise<IdentityConfig>;
}

const DAY_MS = 86_400_000;

/** A platform's signing key in `folder`, and components that are enrolled with it. */
export async function makePlatformIdentity(folder: string): Promise<TestPlatformIdentity> {
  const platformKeyFile = join(folder, 'platform-key.json');
  const signer = await openPlatformSigner(join(folder, 'platform-signing.key'), platformKeyFile);
  return {
    signer,
    platformKeyFile,
    enrol: async (role, name, { place = PARIS, namedZones = [], expiresAt = new Date(Date.now() + DAY_MS) } = {}) => {
      const directory = join(folder, 'identity', `${role}-${name}`);
      await enrolComponent(signer, { directory, role, name, place, namedZones, issuedAt: new Date(), expiresAt });
      return { directory, platformKeyFile };
    },
  };
}
