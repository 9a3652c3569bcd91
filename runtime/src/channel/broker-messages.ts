/**
 * Asks: what a cell wants of the world (see bridge/asks.ts), and the answers. They travel on two channels that know nothing
 * of each other: those of bindings between the cell and its supervisor, among other messages; `fetch` between the cell
 * and the node's broker, on a connection that carries nothing else (a Unix socket on which the cell listens, made before
 * it was locked). A cell numbers the asks of each channel, counting from 1. Bodies are streamed as frames of the protocol (chunk, end, credit,
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

/** From the cell. Tail: the whole body, unless it is streamed. */
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

/** To the cell. Tail: the whole body, unless it is streamed; then its sender has STREAM_WINDOW credits. */
export const askAnswerMessage = z.strictObject({
  v,
  type: z.literal('ask-answer'),
  ask,
  head: z.string().max(ASK_HEAD_LENGTH),
  body: z.enum(['none', 'whole', 'frames']),
});

/** To the cell, before the answer or in the middle of its body: the error that the function gets. */
export const askFailedMessage = z.strictObject({
  v,
  type: z.literal('ask-failed'),
  ask,
  name: z.string().max(64),
  message: z.string().max(4_096),
});

/** Broker to cell: a cell that waits for nothing closes the connection; it is made again when it asks. */
export const restMessage = z.strictObject({ v, type: z.literal('rest') });

export const askedOfBrokerSchema = z.discriminatedUnion('type', [askMessage, askFrameMessage]);
export const fromBrokerToCellSchema = z.discriminatedUnion('type', [
  askAnswerMessage,
  askFailedMessage,
  askFrameMessage,
  restMessage,
]);

export type AskedOfBroker = z.output<typeof askedOfBrokerSchema>;
export type FromBrokerToCell = z.output<typeof fromBrokerToCellSchema>;
export type AskMessage = z.output<typeof askMessage>;
export type AskFrameMessage = z.output<typeof askFrameMessage>;
export type AskAnswerMessage = z.output<typeof askAnswerMessage>;
export type AskFailedMessage = z.output<typeof askFailedMessage>;
export type BrokerToCell = AskAnswerMessage | AskFailedMessage | AskFrameMessage;
