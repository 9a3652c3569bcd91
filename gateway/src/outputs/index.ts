/**
 * What a call leaves behind, and where: the response of a call whose function keeps its outputs.
 *
 * Guarantee: when `OutputSink.finish` resolves, the output is durable, and the gateway may end the answer. Durable means
 * that it is either *stored* (in the object store, under the layout of the protocol's `output.ts`) or *pending* (in the
 * JetStream stream `OUT_<zone>`, from which a drain moves it to the object store). Who looks finds it in one of both at
 * any time. the description is written last and the stream is purged after it, under names that depend on the invocation
 * only: so a crash of anything at any point leaves an output that is seen whole or not at all, and a repeat is harmless.
 *
 *   call ─► OutputSink ─ up to 512 KiB ─► object store, or the stream when the store fails or is slow
 *                      └ larger ────────► stream, part by part while the answer runs
 *           OutputDrain ◄─ stream ─► object store      OutputReader ◄─ both
 *
 * Not guaranteed: an output of a call whose answer did not end; room for an output larger than what is free in the
 * stream (its answer is broken off with `output-store-full`).
 * Hostile: response headers and bodies (they come from functions), and what is read back from the object store, which
 * others may have changed: it is parsed, and `verify` proves its bytes.
 */
export { type FunctionName, type OutputAddress } from './output-address.ts';
export { type OutputRange } from './output-listing.ts';
export { type KeptOutput, type OutputContent, type OutputPage, OutputReader } from './output-reader.ts';
export { type OutputEnd, OutputSink, type OutputStart } from './output-sink.ts';
export { OutputWriter, type OutputWriterOptions } from './output-writer.ts';
