import { callSubject, replySubjectPrefix, type VersionAddress, whoSubject } from '@sovfn/protocol';
import type { CallCounts } from '../metrics/call-counts.ts';
import { BodyDigests } from '../receipts/body-digest.ts';

/** A version that calls can be sent to. Its subjects are spelled once, when the function is deployed. */
export interface CallTarget extends VersionAddress {
  readonly callSubject: string;
  /** Where it may run; null: wherever its zone is. */
  readonly countries: readonly string[] | null;
  readonly whoSubject: string;
  /** The call's number is appended to it. */
  readonly replyPrefix: string;
  /** Time from the call to its answer, milliseconds. */
  readonly wallMs: number;
  /** Of its function: every call that was sent is counted there once, when it ends. */
  readonly counts: CallCounts;
  /** Of what it answers. */
  readonly digests: BodyDigests;
}

export function makeCallTarget(
  gateway: string,
  to: VersionAddress,
  { countries, wallMs, counts }: Pick<CallTarget, 'countries' | 'wallMs' | 'counts'>,
): CallTarget {
  return {
    zone: to.zone,
    tenant: to.tenant,
    function: to.function,
    version: to.version,
    callSubject: callSubject(to),
    countries,
    whoSubject: whoSubject(to.zone, to.tenant),
    replyPrefix: replySubjectPrefix(gateway, to.zone, to.tenant),
    wallMs,
    counts,
    digests: new BodyDigests(),
  };
}
