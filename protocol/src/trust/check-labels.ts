/** Whether labels are to be believed: issued by this platform, for this component and its key, and still valid. */
import { SovfnError } from '../errors.ts';
import { type Labels, type SignedLabels, zonesOf } from './labels.ts';
import { type NamedZone, satisfiesZone } from './named-zones.ts';
import type { Place } from './place.ts';
import type { KeyObject } from 'node:crypto';
import { PROTOCOL_VERSION } from '../version.ts';
import { isSignedBy, keyIdOf, signDocument, SIGNED_KINDS } from './signing.ts';

export interface LabelsRequest {
  readonly role: Labels['role'];
  readonly name: string;
  /** Of the component. */
  readonly publicKey: string;
}

export interface IssueOptions {
  readonly platformKey: KeyObject;
  readonly platformPublicKey: string;
  /** Of the platform: the labels carry those that the place satisfies. */
  readonly namedZones?: readonly NamedZone[];
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/** Signs labels with the platform's key. */
export function issueLabels(
  { role, name, publicKey }: LabelsRequest,
  place: Place,
  { platformKey, platformPublicKey, namedZones = [], issuedAt, expiresAt }: IssueOptions,
): SignedLabels {
  const satisfied = namedZones.filter((zone) => satisfiesZone(place, zone));
  const labels: Labels = {
    v: PROTOCOL_VERSION,
    platform: keyIdOf(platformPublicKey),
    role,
    name,
    publicKey,
    ...place,
    zones: zonesOf(place, satisfied),
    ...(satisfied.length > 0 && { namedZones: satisfied }),
    issuedAt: issuedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  };
  return { labels, signature: signDocument(SIGNED_KINDS.labels, labels, platformKey, platformPublicKey) };
}

/** Throws SovfnError `labels-foreign` or `labels-forged`. Says nothing about time. */
export function assertLabelsSigned({ labels, signature }: SignedLabels, platformPublicKey: string): void {
  const who = `${labels.role} "${labels.name}"`;
  const platform = keyIdOf(platformPublicKey);
  if (labels.platform !== platform) {
    throw new SovfnError(
      'labels-foreign',
      `the labels of ${who} were issued by the platform with key ${labels.platform}; this one has ${platform}`,
      { hint: 'Enrol it with this platform, or compare the file with the platform’s public key.' },
    );
  }
  if (isSignedBy(SIGNED_KINDS.labels, labels, signature, platformPublicKey)) return;
  throw new SovfnError(
    'labels-forged',
    `the labels of ${who} do not carry a signature of the platform: they were changed after they were signed`,
    { hint: 'Enrol it again. If nobody edited the file, find out who did.' },
  );
}

/** Throws SovfnError `labels-expired`. */
export function assertLabelsValid({ role, name, issuedAt, expiresAt }: Labels, now: Date): void {
  if (now.getTime() < Date.parse(expiresAt)) return;
  throw new SovfnError(
    'labels-expired',
    `the labels of ${role} "${name}" of ${issuedAt} were valid until ${expiresAt}`,
    {
      hint: 'Have them issued again: `sovfn up` does so at each start.',
      facts: { expiresAt },
    },
  );
}

/** Throws SovfnError `labels-wrong-key`: the labels are another component's. */
export function assertLabelsOf({ labels }: SignedLabels, { role, name, publicKey }: LabelsRequest): void {
  const isSame = labels.role === role && labels.name === name && labels.publicKey === publicKey;
  if (isSame) return;
  throw new SovfnError(
    'labels-wrong-key',
    `the labels are those of ${labels.role} "${labels.name}" with key ${keyIdOf(labels.publicKey)}; ` +
      `this is ${role} "${name}" with key ${keyIdOf(publicKey)}`,
    { hint: 'Labels cannot be moved to another machine: enrol this one.' },
  );
}

/** Throws SovfnError `zone-unsatisfied`. */
export function assertZonesSatisfied({ role, name, zones: allowed }: Labels, zones: readonly string[]): void {
  const [unsatisfied] = zones.filter((zone) => !allowed.includes(zone));
  if (unsatisfied === undefined) return;
  throw new SovfnError(
    'zone-unsatisfied',
    `${role} "${name}" is configured for zone "${unsatisfied}"; its labels satisfy ${allowed.join(', ')}`,
    { hint: 'Take the zone out of its configuration, or have labels issued that satisfy it.' },
  );
}
