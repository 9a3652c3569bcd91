/** What a supervisor and its compile process say to each other, framed by `channel/frame.ts` over COMPILE_FD. */
import { PROTOCOL_VERSION } from '@sovfn/protocol';
import { z } from 'zod';

export const COMPILE_FD = 3;

const v = z.literal(PROTOCOL_VERSION);

/** Tail: the script, UTF-8. It is run for `rehearse` only, and so must be the prelude. */
export const toCompilerSchema = z.strictObject({ v, type: z.enum(['compile', 'rehearse']) });
export type ToCompiler = z.output<typeof toCompilerSchema>;

/** Answers come in the order of the questions. */
export const fromCompilerSchema = z.discriminatedUnion('type', [
  /** Tail: the code cache. */
  z.strictObject({ v, type: z.literal('compiled') }),
  /** The text is no script; `message` quotes it and is hostile. */
  z.strictObject({ v, type: z.literal('refused'), message: z.string().max(1_024) }),
]);
export type FromCompiler = z.output<typeof fromCompilerSchema>;
