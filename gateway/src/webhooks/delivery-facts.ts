/** What is known of a genuine delivery beside its bytes: its id, what makes it one with its repetitions, its type. */
import { hash } from 'node:crypto';
import { type HeaderBlock, packHeaders, RESERVED_HEADER_PREFIX, unpackHeaders } from '@sovfn/protocol';
import { type CloudEvent, readCloudEvent } from './cloud-event.ts';
import type { Delivery, Genuine } from './scheme.ts';
import type { Webhook } from './webhook.ts';

export interface DeliveryFacts {
  /** The provider's id; null: there is none. */
  readonly id: string | null;
  readonly type: string | null;
  /** Two deliveries of a function with the same key are one; null: each is one of its own. */
  readonly key: string | null;
  readonly cloudEvent: CloudEvent | null;
}

/** Headers that tell a function what has been verified; callers cannot set them. */
const HEADERS = {
  webhook: `${RESERVED_HEADER_PREFIX}webhook`,
  provider: `${RESERVED_HEADER_PREFIX}webhook-provider`,
  delivery: `${RESERVED_HEADER_PREFIX}webhook-delivery`,
  type: `${RESERVED_HEADER_PREFIX}webhook-type`,
  cloudEvent: `${RESERVED_HEADER_PREFIX}ce-`,
} as const;

const SHORT_ID = /^[\x21-\x7e]{1,256}$/;
const SHORT_TYPE = /^[\x20-\x7e]{1,256}$/;

/** The scheme's own id comes first, then the configured header, then that of a CloudEvent, then what was signed. */
export function factsOfDelivery(webhook: Webhook, { headers, body }: Delivery, genuine: Genuine): DeliveryFacts {
  const cloudEvent = readCloudEvent({ headers, body });
  const named = genuine.delivery ?? headerOf(headers, webhook.idHeader);
  const type = genuine.type ?? headerOf(headers, webhook.typeHeader) ?? cloudEvent?.type ?? null;
  const identity =
    tagged('id', named) ??
    tagged('ce', cloudEvent === null ? null : JSON.stringify([cloudEvent.source, cloudEvent.id])) ??
    tagged('signature', genuine.fingerprint);
  return {
    id: shortId(named ?? cloudEvent?.id ?? null),
    type: type !== null && SHORT_TYPE.test(type) ? type : null,
    key: identity === null ? null : `webhook:${webhook.name}:${identity}`,
    cloudEvent,
  };
}

/** The caller's headers without those that hold a secret, and behind them what the platform says. */
export function headersOfEvent(webhook: Webhook, block: HeaderBlock, facts: DeliveryFacts): HeaderBlock {
  const { id, type, cloudEvent } = facts;
  const own = [HEADERS.webhook, webhook.name, HEADERS.provider, webhook.provider];
  if (id !== null) own.push(HEADERS.delivery, id);
  if (type !== null) own.push(HEADERS.type, type);
  for (const [name, value] of cloudEvent?.attributes ?? []) own.push(HEADERS.cloudEvent + name, value);
  return withoutHeaders(block, webhook.scheme.credentialHeaders) + packHeaders(own);
}

function withoutHeaders(block: HeaderBlock, names: readonly string[]): HeaderBlock {
  if (names.length === 0) return block;
  const flat = unpackHeaders(block);
  const kept: string[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    if (!names.includes(flat[i]!)) kept.push(flat[i]!, flat[i + 1]!);
  }
  return packHeaders(kept);
}

function headerOf(headers: Delivery['headers'], name: string | null): string | null {
  return name === null ? null : (headers[name] ?? null);
}

function tagged(kind: string, text: string | null): string | null {
  return text === null || text === '' ? null : `${kind}:${text}`;
}

/** An id that cannot stand in a header is shown as its digest. */
function shortId(id: string | null): string | null {
  if (id === null || id === '') return null;
  return SHORT_ID.test(id) ? id : `sha256:${hash('sha256', id, 'hex')}`;
}
