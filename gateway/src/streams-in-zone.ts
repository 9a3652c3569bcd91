/**
 * Pins every stream of the platform to a zone, and checks that none lies outside of it.
 *
 * Side: the gateway's, at its start. Transport: JetStream's API, and the servers' monitoring ports.
 * Guarantees: when it resolves, each stream and KV bucket of the account names the tag of a zone, and each server that holds one
 * carries that tag. Streams from before there were tags are pinned here. Fails closed: a server that is not listed in
 * `bus.monitors`, or does not answer, counts as one without tags.
 * Not guaranteed: that a tag is true (it is the operator's statement, as labels are), or that a server keeps its tags: in a
 * cluster NATS itself looks at them whenever it places a stream, on a single server only this does.
 */
import { jetstreamManager, type StreamInfo } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { placeIn, placementIn, streamOutOfZone } from '@sovfn/bus';
import { zoneOfStream, zoneServerTag } from '@sovfn/protocol';
import { askBusServers, type BusServer, holdersOf, streamNames } from './bus-servers.ts';

export interface StreamsInZoneOptions {
  readonly connection: NatsConnection;
  /** Of the gateway. What is not of one zone is pinned to the first, unless it is pinned already and in place. */
  readonly zones: readonly [string, ...string[]];
  readonly monitors: readonly string[];
  readonly onPinned: (stream: string, zone: string) => void;
}

const ZONE_TAG_PREFIX = zoneServerTag('');

/** Throws `stream-out-of-zone`, which names the stream, the server and the tag. */
export async function keepStreamsInZone(options: StreamsInZoneOptions): Promise<void> {
  const { connection, zones, monitors, onPinned } = options;
  const [home] = zones;
  const servers = await askBusServers(monitors, (url, cause) =>
    streamOutOfZone(`it is not known in which zones a NATS server is: ${url} cannot be read`, home, cause),
  );
  const manager = await jetstreamManager(connection);
  const isOfPlatform = (name: string): number => Number(zoneOfStream(name) === null);
  // Those of zones first: nothing of the platform is pinned anew for a start that one of them ends.
  const names = (await streamNames(manager)).toSorted((one, other) => isOfPlatform(one) - isOfPlatform(other));
  for (const name of names) {
    let info = await manager.streams.info(name);
    const outsideOf = (zone: string): string | null => serverOutside(zone, holdersOf(info, connection), servers);
    const zone = zoneOfStream(name) ?? zoneInPlace(info, (pinned) => outsideOf(pinned) === null) ?? home;
    if (!isPinnedTo(info, zone)) {
      info = await placeIn(zone, () => manager.streams.update(name, { placement: placementIn(zone) }));
      onPinned(name, zone);
    }
    const stray = outsideOf(zone);
    // Of a zone that is not served any more, and without anything in it that could lie in the wrong place.
    const isLeftOver = zoneOfStream(name) !== null && !zones.includes(zone) && info.state.messages === 0;
    if (stray === null || isLeftOver) continue;
    const why = servers.has(stray) ? `does not carry the tag ${zoneServerTag(zone)}` : 'is not listed in bus.monitors';
    throw streamOutOfZone(`the stream ${name} lies on the NATS server "${stray}", which ${why}`, zone);
  }
}

/** The zone to which a stream that is not of one zone is pinned, when it lies there. */
function zoneInPlace({ config }: StreamInfo, isInPlace: (zone: string) => boolean): string | null {
  const [tag, ...others] = config.placement?.tags ?? [];
  if (tag === undefined || others.length > 0 || !tag.startsWith(ZONE_TAG_PREFIX)) return null;
  const zone = tag.slice(ZONE_TAG_PREFIX.length);
  return isInPlace(zone) ? zone : null;
}

function isPinnedTo({ config }: StreamInfo, zone: string): boolean {
  return config.placement?.tags?.join() === zoneServerTag(zone);
}

/** The first of the servers that is not known to carry the tag of the zone. */
function serverOutside(
  zone: string,
  holders: readonly string[],
  servers: ReadonlyMap<string, BusServer>,
): string | null {
  const tag = zoneServerTag(zone);
  return holders.find((name) => servers.get(name)?.tags.has(tag) !== true) ?? null;
}
