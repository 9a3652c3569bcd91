/**
 * Streamed uploads. The library is only ever given whole buffers: handed a stream, it takes a truncated one for a
 * success, resumes a stranger's unfinished upload of the same name, and cannot be stopped.
 */
import { SovfnError } from '@sovfn/protocol';
import { objectHeaders } from './names.ts';
import { sizedParts } from './sized-parts.ts';
import type { StoreCall, StoreConnection } from './store-connection.ts';

export interface StreamedPutOptions {
  readonly contentType?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Longest wait for the next piece of the source. Milliseconds; default 60,000. */
  readonly sourceIdleMs?: number;
}

export interface StreamedPut extends StreamedPutOptions {
  readonly bucket: string;
  readonly name: string;
  readonly size: number;
  readonly source: AsyncIterable<Uint8Array>;
}

/** Memory of one upload: the smallest part that S3 takes. Bytes. */
const PART_BYTES = 5 * 1024 * 1024;
const MAX_PARTS = 10_000;
const PART_MS = 30_000;
const COMPLETE_MS = 60_000;
const DROP_MS = 5_000;
const SOURCE_IDLE_MS = 60_000;

/** Stores exactly `size` bytes of the source, or nothing. Bodies above 5 MiB become visible only when complete. */
export async function uploadStream(connection: StoreConnection, put: StreamedPut): Promise<void> {
  const partBytes = Math.max(PART_BYTES, Math.ceil(put.size / MAX_PARTS));
  const idleMs = put.sourceIdleMs ?? SOURCE_IDLE_MS;
  const parts = sizedParts(put.source, { size: put.size, partBytes, idleMs });
  const headers = objectHeaders(put.contentType, put.metadata);
  const call = connection.begin(`store "${put.bucket}/${put.name}"`);
  try {
    if (put.size <= partBytes) await uploadWhole(call, put, headers, parts);
    else await uploadParts(connection, call, put, { headers, parts });
  } finally {
    call.end();
  }
}

type Headers = Record<string, string>;

async function uploadWhole(call: StoreCall, put: StreamedPut, headers: Headers, parts: AsyncIterable<Buffer>) {
  for await (const bytes of parts) {
    await call.step(PART_MS, (client) => client.putObject(put.bucket, put.name, bytes, bytes.length, headers));
  }
}

async function uploadParts(
  connection: StoreConnection,
  call: StoreCall,
  put: StreamedPut,
  content: { readonly headers: Headers; readonly parts: AsyncIterable<Buffer> },
): Promise<void> {
  const { bucket, name } = put;
  const uploadId = await call.step(PART_MS, (client) =>
    client.initiateNewMultipartUpload(bucket, name, content.headers),
  );
  try {
    const stored: { part: number; etag: string }[] = [];
    for await (const bytes of content.parts) {
      const part = {
        bucketName: bucket,
        objectName: name,
        uploadID: uploadId,
        partNumber: stored.length + 1,
        headers: {},
      };
      stored.push(await call.step(PART_MS, (client) => client.uploadPart(part, bytes)));
    }
    await call.step(COMPLETE_MS, (client) => client.completeMultipartUpload(bucket, name, uploadId, stored));
  } catch (failure) {
    await dropUpload(connection, put, uploadId, failure);
    throw failure;
  }
}

/** When dropping fails too, the error names what is left behind: servers clean unfinished uploads up after a day. */
async function dropUpload(connection: StoreConnection, put: StreamedPut, uploadId: string, failure: unknown) {
  const { bucket, name } = put;
  try {
    await connection.run('drop an unfinished upload', DROP_MS, (client) =>
      client.abortMultipartUpload(bucket, name, uploadId),
    );
  } catch (dropFailure) {
    const message = `storing "${bucket}/${name}" failed, and its unfinished upload ${uploadId} could not be dropped`;
    throw new SovfnError('store-unavailable', message, { cause: new AggregateError([failure, dropFailure]) });
  }
}
