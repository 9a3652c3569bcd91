/** What an event asks for, for people: without what may be a secret. What is hidden here still reaches the function. */
import { type EventHead, type ShownRequest, unpackHeaders } from '@sovfn/protocol';

/** Names of headers and of query parameters whose values are not shown. Rather too many than one too few. */
const SECRET = /auth|cookie|token|secret|signature|sig$|hmac|key|passw|pwd|credential|session|jwt|code/i;
/** Stands in place of a value. */
const HIDDEN = '…';
const VALUE = /=.*$/s;

export function shownRequest(head: EventHead): ShownRequest {
  const { method, url, headers, orderingKey, expiresAt, callback, webhook, schedule } = head;
  return {
    method,
    url: shownUrl(url),
    headers: shownHeaders(headers),
    orderingKey,
    expiresAt,
    callback: callback === null ? null : new URL(callback).origin,
    delivery: webhook?.delivery ?? null,
    scheduledAt: schedule?.scheduledAt ?? null,
  };
}

/** Text only: what a caller wrote need not be a URL that can be parsed. */
function shownUrl(url: string): string {
  const queryAt = url.indexOf('?');
  if (queryAt < 0) return url;
  const parts = url.slice(queryAt + 1).split('&');
  const shown = parts.map((part) => (SECRET.test(nameOf(part)) ? part.replace(VALUE, `=${HIDDEN}`) : part));
  return `${url.slice(0, queryAt)}?${shown.join('&')}`;
}

/** Decoded, as the function will read it. */
function nameOf(part: string): string {
  const [name = ''] = [...new URLSearchParams(part).keys()];
  return name;
}

export function shownHeaders(block: string): ShownRequest['headers'] {
  const flat = unpackHeaders(block);
  const shown: ShownRequest['headers'] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const [name, value] = [flat[i]!, flat[i + 1]!];
    shown.push({ name, value: SECRET.test(name) ? null : value });
  }
  return shown;
}
