/** An event with all that is kept of it, for its owner: nothing is left out of its request, as it is for people who look. */
import { buffer } from 'node:stream/consumers';
import { type EventDetail, type EventHead, type ExportedEvent, isSovfnError, unpackHeaders } from '@sovfn/protocol';
import type { EventAddress } from '../../events/async/event-address.ts';
import type { EventBodies } from '../../events/accept/event-bodies.ts';
import { type DetailSources, readEventDetail } from '../../events/history/event-detail.ts';
import { findStoredEvent } from '../../events/history/stored-event.ts';

export interface ExportSources extends DetailSources {
  readonly bodies: EventBodies;
}

/** Throws `event-not-found`, `event-corrupted`, `bad-message`, `bus-unavailable`, `store-unavailable`. */
export async function eventAsCloudEvent(sources: ExportSources, of: EventAddress): Promise<ExportedEvent> {
  const detail = await readEventDetail(sources, of);
  const stored = await findStoredEvent(sources, of);
  const attributes = attributesOf(detail, of);
  if (stored === null) return attributes;
  const body = await bodyOf(sources.bodies, stored.head, stored.body);
  return { ...attributes, ...requestOf(stored.head), ...(body && { data_base64: body.toString('base64') }) };
}

function attributesOf(detail: EventDetail, { tenant, function: name }: EventAddress): ExportedEvent {
  const { event: id, trigger, source: subject, state, acceptedAt, endedAt, attempts, cause, replayOf } = detail;
  return {
    ...{ specversion: '1.0', id, source: `/${tenant}/${name}`, type: `sovfn.event.${trigger}`, time: acceptedAt },
    ...{ sovfnstate: state, sovfnattempts: attempts.at(-1)?.attempt ?? 0 },
    ...present({ subject, sovfnendedat: endedAt, sovfncause: cause, sovfnreplayof: replayOf }),
  };
}

function requestOf({ method, url, headers, orderingKey, schedule }: EventHead): Partial<ExportedEvent> {
  const flat = unpackHeaders(headers);
  const typeAt = flat.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-type');
  return {
    ...{ sovfnmethod: method, sovfnurl: url, sovfnheaders: JSON.stringify(flat) },
    ...present({
      datacontenttype: typeAt < 0 ? null : flat[typeAt + 1]!,
      sovfnorderingkey: orderingKey,
      sovfnscheduledat: schedule?.scheduledAt ?? null,
    }),
  };
}

/** Null: it is not kept any more. */
async function bodyOf(bodies: EventBodies, { bodyReference }: EventHead, inline: Buffer): Promise<Buffer | null> {
  if (bodyReference === null) return inline;
  try {
    return await buffer(bodies.read(bodyReference));
  } catch (error) {
    if (isSovfnError(error) && error.code === 'not-found') return null;
    throw error;
  }
}

/** CloudEvents have no null: an attribute without a value is left out. */
function present(attributes: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).filter((entry): entry is [string, string] => entry[1] !== null));
}
