import type { Trigger } from '../call.ts';
import { EVENT_HEADERS, findHeader, type HeaderBlock } from '../headers.ts';

/** What a call is an attempt of, by its headers: these are the gateway's own, callers cannot set them. */
export function eventOfCall(
  trigger: Trigger,
  headers: HeaderBlock,
): { readonly event: string | null; readonly attempt: number | null } {
  if (trigger === 'http' || trigger === 'service') return { event: null, attempt: null };
  const attempt = findHeader(headers, EVENT_HEADERS.attempt);
  const event = findHeader(headers, EVENT_HEADERS.event) ?? findHeader(headers, EVENT_HEADERS.batch);
  return { event, attempt: attempt === null ? null : Number(attempt) };
}
