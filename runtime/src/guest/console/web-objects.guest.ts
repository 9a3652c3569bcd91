/** What is worth showing of the platform's own objects, whose properties are all on their prototypes. */
import { files, subtleCrypto } from '../core/lazy-parts.guest.ts';
import { Event } from '../events/event.guest.ts';
import { isHeaders } from '../fetch/headers.guest.ts';
import { isRequest } from '../fetch/request.guest.ts';
import { isResponse } from '../fetch/response.guest.ts';
import { isSearchParams } from '../url/url-search-params.guest.ts';
import { URL } from '../url/url.guest.ts';

/** Pairs to show for an object of the platform, or null for any other. */
export function shownProperties(value: object): readonly (readonly [string, unknown])[] | null {
  if (isHeaders(value) || isSearchParams(value)) return [...(value as unknown as Iterable<[string, string]>)];
  if (isRequest(value)) return pick(value, ['method', 'url', 'headers', 'bodyUsed']);
  if (isResponse(value)) return pick(value, ['status', 'statusText', 'headers', 'bodyUsed']);
  if (value instanceof URL) return pick(value, ['href']);
  if (value instanceof Event) return pick(value, ['type', 'defaultPrevented', 'cancelable', 'timeStamp']);
  if (subtleCrypto.loaded?.isCryptoKey(value) === true)
    return pick(value, ['type', 'extractable', 'algorithm', 'usages']);
  return filesProperties(value);
}

function filesProperties(value: object): readonly (readonly [string, unknown])[] | null {
  const part = files.loaded;
  if (part === null) return null;
  if (part.isFile(value)) return pick(value, ['name', 'size', 'type', 'lastModified']);
  if (part.isBlob(value)) return pick(value, ['size', 'type']);
  if (value instanceof part.FormData) return [...(value as unknown as Iterable<[string, unknown]>)];
  return null;
}

function pick(value: object, keys: readonly string[]): [string, unknown][] {
  return keys.map((key) => [key, (value as Record<string, unknown>)[key]]);
}
