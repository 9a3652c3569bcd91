/** The call that `sovfn invoke` asks for, from what was written on the command line. */
import { type InvokeRequest, type JsonBody, PROTOCOL_VERSION } from '@sovfn/protocol';
import { isUtf8 } from 'node:buffer';
import { addAbortSignal } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { CommandContext } from './context.ts';
import { readNamedBytes } from './read-named-file.ts';
import { usageError } from './usage-errors.ts';

interface Written {
  readonly method: string | null;
  readonly path: string | null;
  readonly header: readonly string[];
  readonly data: string | null;
}

/**
 * GET without data, POST with, unless the method is given: as curl does. Data that is a JSON object or list says so, unless
 * a header does. Throws `usage`.
 */
export async function makeInvokeRequest(written: Written, context: CommandContext): Promise<InvokeRequest> {
  const { method, path, header, data } = written;
  const bytes = data === null ? null : await readData(data, context);
  const headers = header.flatMap((line) => splitHeader(line, context));
  if (bytes !== null && isJson(bytes) && !hasContentType(headers)) headers.push('content-type', 'application/json');
  return {
    v: PROTOCOL_VERSION,
    method: method?.toUpperCase() ?? (bytes === null ? 'GET' : 'POST'),
    path: encodePath(path ?? '/'),
    headers,
    body: bytes === null ? null : encodeBody(bytes),
  };
}

async function readData(data: string, context: CommandContext): Promise<Buffer> {
  if (data === '@-') return buffer(addAbortSignal(context.signal, context.stdin));
  return data.startsWith('@') ? readNamedBytes(data.slice(1), context) : Buffer.from(data);
}

function isJson(bytes: Buffer): boolean {
  const text = bytes.toString('utf8');
  if (!/^\s*[{[]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function hasContentType(headers: readonly string[]): boolean {
  return headers.some((text, index) => index % 2 === 0 && text.toLowerCase() === 'content-type');
}

function encodeBody(bytes: Buffer): JsonBody {
  return isUtf8(bytes)
    ? { encoding: 'utf8', data: bytes.toString('utf8') }
    : { encoding: 'base64', data: bytes.toString('base64') };
}

/** What a browser makes of a path that somebody typed: spaces and accents are percent-encoded. */
function encodePath(path: string): string {
  const { pathname, search } = new URL(`http://function${path.startsWith('/') ? '' : '/'}${path}`);
  return pathname + search;
}

function splitHeader(line: string, { say }: CommandContext): [string, string] {
  const colon = line.indexOf(':');
  if (colon < 1) throw usageError(say('invoke.bad-header', { header: line }), say('invoke.bad-header.hint'));
  return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
}
