/**
 * The compile process: turns script text into V8 code cache, and never runs it. A process of its own, because a code
 * cache is machine code: made in a cell it would be made by tenants, made in the supervisor a parser fault would hit all.
 *
 * Guarantees: each question is answered once, in order; no text is evaluated. Hostile: the text (it is a tenant's code).
 * Ends when the supervisor closes the channel.
 */
import { Socket } from 'node:net';
import { PROTOCOL_VERSION } from '@sovfn/protocol';
import ivm from 'isolated-vm';
import { Channel } from '../channel/frame.ts';
import { COMPILE_FD, type FromCompiler, type ToCompiler, toCompilerSchema } from './messages.ts';

/** MiB: compiling needs a few times the size of the text (at most 10 MB). */
const MEMORY_MB = 512;

const channel = new Channel<ToCompiler, FromCompiler>(new Socket({ fd: COMPILE_FD }), {
  schema: toCompilerSchema,
  onMessage: (_question, source) => answer(source.toString('utf8')),
  onClosed: () => process.exit(0),
});

function answer(source: string): void {
  const isolate = new ivm.Isolate({ memoryLimit: MEMORY_MB });
  try {
    const script: ivm.Script & ivm.CachedDataResult = isolate.compileScriptSync(source, { produceCachedData: true });
    if (script.cachedData === undefined) throw new Error('V8 made no code cache');
    channel.send({ v: PROTOCOL_VERSION, type: 'compiled' }, [new Uint8Array(script.cachedData.copy())]);
  } catch (error) {
    channel.send({ v: PROTOCOL_VERSION, type: 'refused', message: String(error).slice(0, 1_024) });
  } finally {
    isolate.dispose();
  }
}
