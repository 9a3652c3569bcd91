/**
 * The part of the channel that carries asks: what a cell wants of the world (see bridge/asks.ts), and the broker's
 * answers. A cell numbers its asks, counting from 1. Bodies are streamed as frames of the protocol (chunk, end, credit,
 * cancel) in the tail of `ask-frame`, each direction against credits of its own.
 *
 * An ask ends with `ask-failed`, with an answer that is whole, with the end of a streamed answer, or with a cancel of the
 * cell; what comes for it later is dropped.
 */
import { nameSchema, PROTOCOL_VERSION, traceContextSchema, versionIdSchema } from '@sovfn/protocol';
import { z } from 'zod';
import { ASK_HEAD_LENGTH, ASK_KINDS } from '../bridge/asks.ts';

const v = z.literal(PROTOCOL_VERSION);
const ask = z.int().min(1);

/** Cell to supervisor. Tail: the whole body, unless it is streamed. */
export const askMessage = z.strictObject({
  v,
  type: z.literal('ask'),
  ask,
  function: nameSchema,
  version: versionIdSchema,
  kind: z.enum(ASK_KINDS),
  head: z.string().max(ASK_HEAD_LENGTH),
  /** Of the call that asks; null for what leads to no request. */
  invocation: z.string().max(64).nullable(),
  /** Service calls that the call is under: the cell reads it from the call's headers. */
  depth: z.int().min(0).max(1_000),
  /** In which the call asks; null for what leads to no request. The cell reads it from the call's headers. */
  trace: traceContextSchema.nullable(),
  /** `frames`: the body follows, and the ask has STREAM_WINDOW credits for it. */
  body: z.enum(['none', 'whole', 'frames']),
});

/** Both ways. Tail: one frame. */
export const askFrameMessage = z.strictObject({ v, type: z.literal('ask-frame'), ask });

/** Supervisor to cell. Tail: the whole body, unless it is streamed; then the broker has STREAM_WINDOW credits. */
export const askAnswerMessage = z.strictObject({
  v,
  type: z.literal('ask-answer'),
  ask,
  head: z.string().max(ASK_HEAD_LENGTH),
  body: z.enum(['none', 'whole', 'frames']),
});

/** Supervisor to cell, before the answer or in the middle of its body: the error that the function gets. */
export const askFailedMessage = z.strictObject({
  v,
  type: z.literal('ask-failed'),
  ask,
  name: z.string().max(64),
  message: z.string().max(4_096),
});

export type AskMessage = z.output<typeof askMessage>;
export type AskFrameMessage = z.output<typeof askFrameMessage>;
export type AskAnswerMessage = z.output<typeof askAnswerMessage>;
export type AskFailedMessage = z.output<typeof askFailedMessage>;
export type BrokerToCell = AskAnswerMessage | AskFailedMessage | AskFrameMessage;
