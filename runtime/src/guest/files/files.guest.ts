/** Lazy part: blobs, files and forms, and the bodies made of them. */
import type { Bytes } from '../core/bytes.guest.ts';
import { decodeUtf8 } from '../encoding/utf8.guest.ts';
import { parseUrlencoded } from '../url/urlencoded.guest.ts';
import { type Blob, blobOf, bytesOf, isBlob } from './blob.guest.ts';
import { entriesOf, FormData, isFormData } from './form-data.guest.ts';
import { extractMimeType, serializeMimeType } from './mime-type.guest.ts';
import { parseMultipart, serializeMultipart } from './multipart.guest.ts';

export { Blob, blobOf, bytesOf, File, fileOf, isBlob, isFile } from './blob.guest.ts';
export { FormData } from './form-data.guest.ts';

/** What a blob or form is as a body, or null for any other value. */
export function bodyOf(value: object): { bytes: Bytes; type: string | null } | null {
  if (isBlob(value)) return { bytes: bytesOf(value), type: value.type === '' ? null : value.type };
  return isFormData(value) ? serializeMultipart(value) : null;
}

/** The bytes of a body as a blob, with the MIME type of the content-type header. */
export function blobOfBody(bytes: Bytes, contentType: string | null): Blob {
  const type = extractMimeType(contentType);
  return blobOf(bytes, type === null ? '' : serializeMimeType(type));
}

/** The bytes of a body as a form. Throws TypeError unless the content type is one of the two that forms have. */
export function formDataOfBody(bytes: Bytes, contentType: string | null): FormData {
  const type = extractMimeType(contentType);
  if (type?.essence === 'application/x-www-form-urlencoded') {
    const form = new FormData();
    entriesOf(form).push(...parseUrlencoded(decodeUtf8(bytes)));
    return form;
  }
  const boundary = type?.essence === 'multipart/form-data' ? type.parameters.get('boundary') : undefined;
  if (boundary === undefined) {
    throw new TypeError(`A body of the content type ${contentType ?? '(none)'} cannot be read as a form`);
  }
  return parseMultipart(bytes, boundary);
}
