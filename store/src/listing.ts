/**
 * Listing. The library's own listing is not used: it reads names that look like numbers as numbers ("007" becomes "7")
 * and decodes names that were never encoded ("100%" throws, "a+b" becomes "a b").
 */
import { text } from 'node:stream/consumers';
import { XMLParser } from 'fast-xml-parser';
import { z } from 'zod';
import type { StoreConnection } from './store-connection.ts';

export interface ListOptions {
  /** Most entries to return, objects and prefixes together. */
  readonly limit: number;
  /** Only names after this one, in byte order of UTF-8. */
  readonly startAfter?: string;
  /** Names that go on after this text behind the prefix are returned once, as a prefix. */
  readonly delimiter?: string;
}

export interface ListedObject {
  readonly name: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
}

export interface Listing {
  /** In byte order of their names. */
  readonly objects: readonly ListedObject[];
  readonly prefixes: readonly string[];
  /** There are more entries than were asked for. */
  readonly isTruncated: boolean;
}

const LIST_MS = 10_000;
const PAGE_ENTRIES = 1_000;

export async function listObjects(
  connection: StoreConnection,
  place: { readonly bucket: string; readonly prefix: string },
  options: ListOptions,
): Promise<Listing> {
  const objects: ListedObject[] = [];
  const prefixes: string[] = [];
  let token: string | undefined;
  do {
    const wanted = options.limit - objects.length - prefixes.length;
    if (wanted <= 0) return { objects, prefixes, isTruncated: true };
    const page = await readPage(connection, place.bucket, pageQuery(place.prefix, options, wanted, token));
    objects.push(...page.objects);
    prefixes.push(...page.prefixes);
    token = page.nextToken;
  } while (token !== undefined);
  return { objects, prefixes, isTruncated: false };
}

/** The query in the order and the encoding that the library's signature expects: sorted, RFC 3986. */
function pageQuery(prefix: string, options: ListOptions, wanted: number, token: string | undefined): string {
  const fields: [string, string | undefined][] = [
    ['continuation-token', token],
    ['delimiter', options.delimiter],
    ['encoding-type', 'url'],
    ['list-type', '2'],
    ['max-keys', String(Math.min(wanted, PAGE_ENTRIES))],
    ['prefix', prefix],
    ['start-after', options.startAfter],
  ];
  return fields.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encode(value)}`])).join('&');
}

function encode(value: string): string {
  return encodeURIComponent(value).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

async function readPage(connection: StoreConnection, bucket: string, query: string) {
  return connection.run(`list "${bucket}"`, LIST_MS, async (client) => {
    const response = await client.makeRequestAsync({ method: 'GET', bucketName: bucket, query });
    return parsePage(await text(response));
  });
}

const xml = new XMLParser({
  parseTagValue: false,
  trimValues: false,
  isArray: (name) => name === 'Contents' || name === 'CommonPrefixes',
});

/** A name as the server gives it under `encoding-type=url`: form encoding, so a plus is a space. */
const encodedName = z.string().transform((value) => decodeURIComponent(value.replaceAll('+', ' ')));

const pageSchema = z.object({
  ListBucketResult: z.object({
    Contents: z
      .array(
        z.object({
          Key: encodedName,
          Size: z
            .string()
            .regex(/^\d{1,15}$/)
            .transform(Number),
          LastModified: z.iso.datetime().transform((value) => new Date(value)),
        }),
      )
      .default([]),
    CommonPrefixes: z.array(z.object({ Prefix: encodedName })).default([]),
    NextContinuationToken: z.string().optional(),
  }),
});

function parsePage(body: string) {
  const { ListBucketResult: page } = pageSchema.parse(xml.parse(body));
  return {
    objects: page.Contents.map((entry) => ({ name: entry.Key, bytes: entry.Size, modifiedAt: entry.LastModified })),
    prefixes: page.CommonPrefixes.map((entry) => entry.Prefix),
    nextToken: page.NextContinuationToken,
  };
}
