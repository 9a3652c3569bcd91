import { z } from 'zod';

const KIB = 1024;
const MIB = 1024 * 1024;

/** Bodies up to this size travel inside the call or answer message; larger ones are streamed in chunks. Bytes. */
export const INLINE_BODY_BYTES = 128 * KIB;

/** Size of one streamed chunk. Bytes; well under NATS's max_payload of 1 MiB. */
export const CHUNK_BYTES = 128 * KIB;

/** Chunks a sender may have outstanding before the receiver grants more: bounds the memory of one stream to 2 MiB a side. */
export const STREAM_WINDOW = 16;

/** The receiver grants in steps of this many chunks, so that credits cost one message in eight. */
export const CREDIT_STEP = STREAM_WINDOW / 2;

/** A stream whose peer neither sends nor grants for this long is ended: a dead peer leaves no other trace on core NATS. */
export const STREAM_IDLE_MS = 60_000;

/** Head of a call or answer: method, URL and headers together. Bytes. */
export const HEAD_BYTES = 64 * KIB;
export const HEADER_COUNT = 100;
export const URL_BYTES = 16 * KIB;

/** Largest bundle a function may have. Bytes. */
export const BUNDLE_BYTES = 10 * MIB;

/** NATS's own bound on one message (max_payload). Bytes. */
export const MESSAGE_BYTES = MIB;

/** One log line; longer ones are cut and say so. Bytes. */
export const LOG_LINE_BYTES = 16 * KIB;

/** What one version may log in one cell: so much at once, and so much a second after that. The rest is a gap. Bytes. */
export const LOG_BURST_BYTES = MIB;
export const LOG_BYTES_PER_SECOND = 256 * KIB;

/** Of calls that ended `ok` and logged nothing, so many have an entry each second (for each version and cell). */
export const SILENT_ENDS_PER_SECOND = 20;

/** How long the bus keeps logs at most, and the platform those of functions that do not say how long. */
export const LOG_DAYS = 7;
/** What a function may ask for. */
export const MOST_LOG_DAYS = 3_650;

/** Longest path in a log. Characters. */
export const LOG_PATH_LENGTH = 256;

/** A call that has no answer yet after this time is told who took it. Milliseconds. */
export const TAKEN_AFTER_MS = 20;

/** A call without an answer or a taker after this time is asked for on the placement subject. Milliseconds. */
export const PROBE_AFTER_MS = 2_000;

/** How often the gateway may send one call: the first time, and twice after `no responders` or `not-started`. */
export const MAX_SENDS = 3;

/** Longest single stay inside an isolate, whatever the limits say: below NATS's write_deadline of 10 s. Milliseconds. */
export const SLICE_CAP_MS = 5_000;

/** A function that may use this much CPU in one call does not share a process with its tenant's other functions. Milliseconds. */
export const HEAVY_CPU_MS = 5_000;

/** Limits of a function version: what a deploy may set, in which range, and what holds when it says nothing. */
export const functionLimitsSchema = z.strictObject({
  cpuMs: z
    .int()
    .min(1)
    .max(300_000)
    .default(200)
    .describe('CPU time of one call in milliseconds; waiting is not counted'),
  wallMs: z.int().min(10).max(900_000).default(30_000).describe('Time from start to answer in milliseconds'),
  memoryMb: z.int().min(16).max(1_024).default(128).describe('Memory of one isolate in MiB, ArrayBuffers included'),
  concurrency: z.int().min(1).max(1_000).default(100).describe('Calls at the same time in one isolate'),
  bodyMb: z.number().min(0.001).max(5_120).default(6).describe('Largest request body in MiB'),
  startupMs: z.int().min(10).max(10_000).default(1_000).describe('CPU time for loading the module in milliseconds'),
  waitUntilMs: z.int().min(0).max(900_000).default(30_000).describe('Time for ctx.waitUntil after the answer'),
  subrequests: z.int().min(0).max(1_000).default(50).describe('fetch and binding operations of one call'),
  wasmMemoryMb: z
    .int()
    .min(1)
    .max(1_008)
    .optional()
    .describe('Part of memoryMb, in MiB, that WebAssembly may take; without it there is no WebAssembly'),
  logKb: z.int().min(1).max(4_096).default(256).describe('Log of one call in KiB; further lines are dropped'),
});

/** What is left of memoryMb for V8's own heap is at least this, in MiB. */
export const LEAST_HEAP_MB = 16;

/** Limits that stand in each other's way, in words; null when none do. */
export function limitConflict({ memoryMb, wasmMemoryMb = 0 }: FunctionLimits): string | null {
  if (memoryMb - wasmMemoryMb >= LEAST_HEAP_MB) return null;
  return `it is a part of limits.memoryMb, which is ${memoryMb}, and must leave ${LEAST_HEAP_MB} of it`;
}

/** The part of memoryMb that V8 bounds: its heap, and ArrayBuffers. */
export function heapMb({ memoryMb, wasmMemoryMb = 0 }: Pick<FunctionLimits, 'memoryMb' | 'wasmMemoryMb'>): number {
  return memoryMb - wasmMemoryMb;
}

export type FunctionLimits = z.infer<typeof functionLimitsSchema>;
export type LimitName = keyof FunctionLimits;

export function isLimitName(name: string): name is LimitName {
  return Object.hasOwn(functionLimitsSchema.shape, name);
}

/** What whoever wrote the function can do about a limit that a call has met. */
export function limitHint(limit: LimitName): string {
  return `Raise limits.${limit} in sovfn.jsonc, or let one call do less.`;
}
