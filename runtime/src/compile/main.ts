/**
 * The compile process: turns script text into V8 code cache, and runs none but the prelude's, which is ours. A process of
 * its own, because a code cache is machine code: made in a cell it would be made by tenants, made in the supervisor a
 * parser fault would hit all.
 *
 * Guarantees: each question is answered once; no text is evaluated that the supervisor did not ask to rehearse. Hostile:
 * the text to compile (it is a tenant's code). Ends when the supervisor closes the channel.
 */
import { Socket } from 'node:net';
import { PROTOCOL_VERSION } from '@sovfn/protocol';
import ivm from 'isolated-vm';
import { Channel } from '../channel/frame.ts';
import { compileEagerly, EAGER_LENGTH } from './eager.ts';
import { COMPILE_FD, type FromCompiler, type ToCompiler, toCompilerSchema } from './messages.ts';
import { rehearse } from './rehearsal.ts';

/** MiB: compiling lazily needs a few times the size of the text (at most 10 MB). */
const MEMORY_MB = 512;

const channel = new Channel<ToCompiler, FromCompiler>(new Socket({ fd: COMPILE_FD }), {
  schema: toCompilerSchema,
  onMessage: ({ type }, source) => void answer(type, source.toString('utf8')),
  onClosed: () => process.exit(0),
});

async function answer(type: ToCompiler['type'], source: string): Promise<void> {
  try {
    channel.send({ v: PROTOCOL_VERSION, type: 'compiled' }, [await makeCache(type, source)]);
  } catch (error) {
    channel.send({ v: PROTOCOL_VERSION, type: 'refused', message: String(error).slice(0, 1_024) });
  }
}

async function makeCache(type: ToCompiler['type'], source: string): Promise<Uint8Array> {
  if (type === 'rehearse') return rehearse(source);
  return source.length <= EAGER_LENGTH ? compileEagerly(source) : compileLazily(source);
}

/** In an isolate, which bounds the memory that it takes. */
function compileLazily(source: string): Uint8Array {
  const isolate = new ivm.Isolate({ memoryLimit: MEMORY_MB });
  try {
    const script: ivm.Script & ivm.CachedDataResult = isolate.compileScriptSync(source, { produceCachedData: true });
    if (script.cachedData === undefined) throw new Error('V8 made no code cache');
    return new Uint8Array(script.cachedData.copy());
  } finally {
    isolate.dispose();
  }
}
