import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

/** No response headers, or no further byte, for this long: the download has failed. Milliseconds. */
const STALL_MS = 30_000;
/** A download that takes longer than this has failed, however steadily it trickles. Milliseconds. */
const TOTAL_MS = 15 * 60_000;
/** Progress is reported each time this many bytes came. */
const REPORT_BYTES = 1024 * 1024;

export interface DownloadOptions {
  /** File to create. */
  readonly to: string;
  readonly maxBytes: number;
  readonly onBytes: (bytes: number, total: number | null) => void;
  readonly signal: AbortSignal;
  readonly stallMs?: number;
}

/** Downloads to a file and returns its SHA-256. The file of a failed download is the caller's to remove. */
export async function download(url: string, options: DownloadOptions): Promise<string> {
  const stall = new StallTimer(url, options.stallMs ?? STALL_MS);
  try {
    const signal = AbortSignal.any([options.signal, stall.signal, AbortSignal.timeout(TOTAL_MS)]);
    const response = await fetch(url, { signal });
    if (!response.ok || response.body === null) throw new Error(`${url} answered ${response.status}`);
    const length = response.headers.get('content-length');
    const total = length === null ? null : Number(length);
    if (total !== null && total > options.maxBytes) throw tooLarge(url, total, options.maxBytes);
    return await save(url, response.body, total, stall, options);
  } catch (error) {
    if (stall.signal.aborted) throw stall.signal.reason;
    throw error;
  } finally {
    stall.stop();
  }
}

async function save(
  url: string,
  body: ReadableStream<Uint8Array>,
  total: number | null,
  stall: StallTimer,
  { to, maxBytes, onBytes }: DownloadOptions,
): Promise<string> {
  const hash = createHash('sha256');
  let bytes = 0;
  let reported = 0;
  await using file = await open(to, 'wx', 0o600);
  for await (const chunk of body) {
    stall.restart();
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(url, bytes, maxBytes);
    hash.update(chunk);
    await file.writeFile(chunk);
    if (bytes - reported >= REPORT_BYTES) onBytes((reported = bytes), total);
  }
  onBytes(bytes, total);
  return hash.digest('hex');
}

function tooLarge(url: string, bytes: number, maxBytes: number): Error {
  return new Error(`${url} has ${bytes} bytes or more; the limit is ${maxBytes}`);
}

class StallTimer {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(url: string, limitMs: number) {
    this.#timer = setTimeout(() => {
      this.#controller.abort(new Error(`${url} sent nothing for ${limitMs / 1000} s`));
    }, limitMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  restart(): void {
    this.#timer.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
