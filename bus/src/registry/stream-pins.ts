/** Streams lie only on servers that carry the tag of their zone: on which, NATS decides by it. */
import { JetStreamApiError, type Placement } from '@nats-io/jetstream';
import { SovfnError, zoneServerTag } from '@sovfn/protocol';

const ANY_CLUSTER = '';
const NO_PEERS = 10005;

export const placementIn = (zone: string): Placement => ({ cluster: ANY_CLUSTER, tags: [zoneServerTag(zone)] });

/** Makes or moves streams of a zone. Throws `stream-out-of-zone` when a cluster has no servers for them. */
export async function placeIn<T>(zone: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    if (!(cause instanceof JetStreamApiError) || cause.code !== NO_PEERS) throw cause;
    throw streamOutOfZone(`NATS has no servers for the streams of zone "${zone}": ${cause.message}`, zone, cause);
  }
}

export function streamOutOfZone(reason: string, zone: string, cause?: unknown): SovfnError {
  const tag = zoneServerTag(zone);
  return new SovfnError('stream-out-of-zone', reason, {
    cause,
    hint:
      `Streams of the zone "${zone}" lie on servers with \`server_tags: ["${tag}"]\` only: give the tag to servers that are in the ` +
      'zone (at least bus.replicas of them, with room), and list the monitoring addresses of all in bus.monitors. ' +
      'With `sovfn up`: declare of the machine what the zone asks for (--country, --region, --certs, …), or use another data folder (--data). ' +
      'docs/sovereignty.md says more.',
    facts: { zone, tag },
  });
}
