import { isDerivedZone, type Labels, outsideOfZone, SovfnError, type VersionEntry } from '@sovfn/protocol';

/**
 * Throws SovfnError `residency-unsatisfied` in a country that the function's tenant has not accepted, also when a call comes that no
 * gateway should have sent here. `accepted`: null for a record of before countries were accepted.
 */
export function assertCountryAccepted(labels: Labels, zone: string, accepted: readonly string[] | null): void {
  const { name, country } = labels;
  if (accepted === null || accepted.includes(country)) return;
  const what = `node "${name}" is in ${country}, which the tenant has not accepted for its function in zone "${zone}"`;
  throw new SovfnError('residency-unsatisfied', what);
}

/**
 * Compares the node's labels with what a version's zone asks for, as the function's record has it: before anything of the version is
 * loaded. That the zone is one of the node's is not enough: it may have been defined otherwise when the labels were signed. Throws
 * SovfnError `residency-unsatisfied`, also for a record that does not say what a named zone asks for.
 */
export function assertInZone(labels: Labels, { zone, namedZone }: VersionEntry['facts']): void {
  if (isDerivedZone(zone)) return;
  const isDefined = namedZone?.name === zone;
  const outside = isDefined
    ? outsideOfZone(labels, namedZone)
    : 'the record of the function does not say what it asks for';
  if (outside === null) return;
  throw new SovfnError('residency-unsatisfied', `node "${labels.name}" is not in zone "${zone}": ${outside}`);
}
