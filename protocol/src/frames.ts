/**
 * Frames: what follows a call, in both directions. A cell sends `answer`, `chunk`, `end`, `taken`, `refusal`, `failure`
 * and `credit` to `_R.…`; a gateway sends `chunk`, `end`, `credit` and `cancel` to `_C.…` (and `who`, `cancel` to `who.…`).
 *
 *   0 version   1 kind   2 flags   3 outcome   then, by kind, as each encoder says (numbers are big-endian)
 *
 * Hostile input: a frame that breaks a rule throws ProtocolError. Byte fields of a decoded frame are views of the
 * message: copy them to keep them.
 */
import { z } from 'zod';
import { ProtocolError } from './errors.ts';
import { type HandlerReport, handlerReportSchema } from './handlers/report.ts';
import type { HeaderBlock } from './headers.ts';
import { HEAD_BYTES } from './limits.ts';
import { type Outcome, OUTCOMES, outcomeOfCode } from './outcome.ts';
import { PROTOCOL_VERSION } from './version.ts';
import { jsonOrNull } from './json.ts';

const KIND = { answer: 1, chunk: 2, end: 3, taken: 4, refusal: 5, failure: 6, credit: 7, cancel: 8, who: 9 } as const;

/** Who runs a call. */
export interface Runner {
  readonly node: string;
  readonly cell: string;
}

/** What a call has used so far, in microseconds. */
export interface Usage {
  readonly cpuUs: number;
  readonly wallUs: number;
}

/** Head of a function's response. `body` is all of it when `complete`, else nothing and chunks follow. */
export interface AnswerFrame extends Runner, Usage {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: HeaderBlock;
  readonly body: Uint8Array;
  readonly complete: boolean;
  /** The isolate was made for this call. */
  readonly cold: boolean;
}

/** A piece of a streamed body; `sequence` counts from 0 and has no gaps: a gap means that frames were lost. */
export interface ChunkFrame {
  readonly kind: 'chunk';
  readonly sequence: number;
  readonly bytes: Uint8Array;
}

/** End of a streamed body: how many chunks there were, and how it ended (`ok`, or why it was cut off). */
export interface EndFrame extends Usage {
  readonly kind: 'end';
  readonly outcome: Outcome;
  readonly chunks: number;
}

/** The call is being worked on, by this cell. Sent when an answer takes longer than TAKEN_AFTER_MS, or with credits. */
export interface TakenFrame extends Runner {
  readonly kind: 'taken';
}

/** Nothing of the function ran: the gateway may send the call elsewhere. */
export interface RefusalFrame extends Runner {
  readonly kind: 'refusal';
  readonly outcome: Outcome;
}

/** The call ended without a response of the function. */
export interface FailureFrame extends Runner, Usage {
  readonly kind: 'failure';
  readonly outcome: Outcome;
  readonly detail: FailureDetail;
  /** What a `scheduled` or `queue` handler had decided before; null when it had not. */
  readonly report: HandlerReport | null;
}

/** The receiver of a stream allows `chunks` more. From a cell it also says who receives. */
export interface CreditFrame extends Runner {
  readonly kind: 'credit';
  readonly chunks: number;
}

export interface CancelFrame {
  readonly kind: 'cancel';
}

/** Asks every cell of a tenant whether it has the call `callKey`; the holder answers `taken`. */
export interface WhoFrame {
  readonly kind: 'who';
  readonly callKey: string;
  readonly cancel: boolean;
}

export type CellFrame = AnswerFrame | ChunkFrame | EndFrame | TakenFrame | RefusalFrame | FailureFrame | CreditFrame;
export type GatewayFrame = ChunkFrame | EndFrame | CreditFrame | CancelFrame;

/** Why a call failed, for people: JSON inside a failure frame. Texts come from the function and are hostile. */
export const failureDetailSchema = z.strictObject({
  /** What failed, one sentence. */
  message: z.string().max(4_096),
  /** Name of the limit that was passed (a key of FunctionLimits), with its value and the measured one; else null. */
  limit: z.string().max(64).nullable(),
  limitValue: z.number().nullable(),
  measured: z.number().nullable(),
  /** Name and stack of the function's error, mapped to its own source lines; else null. */
  errorName: z.string().max(256).nullable(),
  stack: z.string().max(16_384).nullable(),
});
export type FailureDetail = z.infer<typeof failureDetailSchema>;

const failureTextSchema = z.strictObject({ detail: failureDetailSchema, report: handlerReportSchema.nullable() });

const FLAG_COMPLETE = 1;
const FLAG_COLD = 2;
const ANSWER_OFFSET = 18;
const USAGE_OFFSET = 12;

/** 4–5 status, 6–9 CPU, 10–13 wall, 14–15 length of `node\ncell\n`, 16–17 length of the headers, text, body. */
export function encodeAnswer(answer: Omit<AnswerFrame, 'kind'>): Buffer {
  const runner = `${answer.node}\n${answer.cell}`;
  const head = runner + answer.headers;
  if (answer.headers.length >= HEAD_BYTES) {
    throw new ProtocolError(`the headers of an answer have ${answer.headers.length} bytes; at most ${HEAD_BYTES - 1}`);
  }
  const message = Buffer.allocUnsafe(ANSWER_OFFSET + head.length + answer.body.length);
  writeHead(message, KIND.answer, (answer.complete ? FLAG_COMPLETE : 0) | (answer.cold ? FLAG_COLD : 0), 'ok');
  message.writeUInt16BE(answer.status, 4);
  message.writeUInt32BE(clampU32(answer.cpuUs), 6);
  message.writeUInt32BE(clampU32(answer.wallUs), 10);
  message.writeUInt16BE(runner.length, 14);
  message.writeUInt16BE(answer.headers.length, 16);
  message.write(head, ANSWER_OFFSET, 'latin1');
  if (answer.body.length > 0) message.set(answer.body, ANSWER_OFFSET + head.length);
  return message;
}

/** 4–7 sequence, then the bytes. */
export function encodeChunk(sequence: number, bytes: Uint8Array): Buffer {
  const message = Buffer.allocUnsafe(8 + bytes.length);
  writeHead(message, KIND.chunk, 0, 'ok');
  message.writeUInt32BE(sequence, 4);
  message.set(bytes, 8);
  return message;
}

/** 4–7 CPU, 8–11 wall, 12–15 number of chunks. */
export function encodeEnd(end: Omit<EndFrame, 'kind'>): Buffer {
  const message = Buffer.allocUnsafe(16);
  writeHead(message, KIND.end, 0, end.outcome);
  writeUsage(message, end);
  message.writeUInt32BE(end.chunks, 12);
  return message;
}

/** 4– `node\ncell`. */
export function encodeTaken(runner: Runner): Buffer {
  return encodeRunner(KIND.taken, 'ok', 4, runner);
}

/** 4– `node\ncell`. */
export function encodeRefusal(refusal: Omit<RefusalFrame, 'kind'>): Buffer {
  return encodeRunner(KIND.refusal, refusal.outcome, 4, refusal);
}

/** 4–7 number of chunks, then `node\ncell` (both empty from a gateway). */
export function encodeCredit(credit: Omit<CreditFrame, 'kind'>): Buffer {
  const message = encodeRunner(KIND.credit, 'ok', 8, credit);
  message.writeUInt32BE(credit.chunks, 4);
  return message;
}

/** 4–7 CPU, 8–11 wall, 12–13 length of `node\ncell`, then it, then detail and report as JSON. */
export function encodeFailure(failure: Omit<FailureFrame, 'kind'>): Buffer {
  const runner = Buffer.from(`${failure.node}\n${failure.cell}`, 'latin1');
  const text = Buffer.from(JSON.stringify({ detail: failure.detail, report: failure.report }), 'utf8');
  const message = Buffer.allocUnsafe(14 + runner.length + text.length);
  writeHead(message, KIND.failure, 0, failure.outcome);
  writeUsage(message, failure);
  message.writeUInt16BE(runner.length, 12);
  message.set(runner, 14);
  message.set(text, 14 + runner.length);
  return message;
}

export function encodeCancel(): Buffer {
  const message = Buffer.allocUnsafe(4);
  writeHead(message, KIND.cancel, 0, 'canceled');
  return message;
}

/** 4– the call key; the flag says that the holder should also cancel it. */
export function encodeWho(who: Omit<WhoFrame, 'kind'>): Buffer {
  const message = Buffer.allocUnsafe(4 + who.callKey.length);
  writeHead(message, KIND.who, who.cancel ? FLAG_COMPLETE : 0, 'ok');
  message.write(who.callKey, 4, 'latin1');
  return message;
}

/** Reads a frame that a cell or supervisor sent to a gateway. */
export function decodeCellFrame(message: Buffer): CellFrame {
  const kind = readKind(message);
  switch (kind) {
    case KIND.answer:
      return decodeAnswer(message);
    case KIND.chunk:
      return decodeChunk(message);
    case KIND.end:
      return decodeEnd(message);
    case KIND.taken:
      return { kind: 'taken', ...readRunner(message, 4, message.length) };
    case KIND.refusal:
      return { kind: 'refusal', outcome: readOutcome(message), ...readRunner(message, 4, message.length) };
    case KIND.failure:
      return decodeFailure(message);
    case KIND.credit:
      return decodeCredit(message);
    default:
      throw new ProtocolError(`a cell sent a frame of the unknown kind ${kind}`);
  }
}

/** Reads a frame that a gateway sent to a cell's inbox. */
export function decodeGatewayFrame(message: Buffer): GatewayFrame {
  const kind = readKind(message);
  switch (kind) {
    case KIND.chunk:
      return decodeChunk(message);
    case KIND.end:
      return decodeEnd(message);
    case KIND.credit:
      return decodeCredit(message);
    case KIND.cancel:
      return { kind: 'cancel' };
    default:
      throw new ProtocolError(`a gateway sent a frame of the unknown kind ${kind}`);
  }
}

export function decodeWho(message: Buffer): WhoFrame {
  if (readKind(message) !== KIND.who) throw new ProtocolError('a frame on a who subject is not a question');
  return { kind: 'who', callKey: message.toString('latin1', 4, message.length), cancel: message[2] === FLAG_COMPLETE };
}

function decodeAnswer(message: Buffer): AnswerFrame {
  requireLength(message, ANSWER_OFFSET, 'answer');
  const headersAt = ANSWER_OFFSET + message.readUInt16BE(14);
  const bodyAt = headersAt + message.readUInt16BE(16);
  if (bodyAt > message.length) throw new ProtocolError('an answer is shorter than it says');
  const flags = message[2]!;
  const { node, cell } = readRunner(message, ANSWER_OFFSET, headersAt);
  return {
    kind: 'answer',
    status: message.readUInt16BE(4),
    cpuUs: message.readUInt32BE(6),
    wallUs: message.readUInt32BE(10),
    // Not spread: what comes behind a spread makes this ten times as slow (59 instead of 6 ns).
    node,
    cell,
    headers: message.toString('latin1', headersAt, bodyAt),
    body: message.subarray(bodyAt),
    complete: (flags & FLAG_COMPLETE) !== 0,
    cold: (flags & FLAG_COLD) !== 0,
  };
}

function decodeChunk(message: Buffer): ChunkFrame {
  requireLength(message, 8, 'chunk');
  return { kind: 'chunk', sequence: message.readUInt32BE(4), bytes: message.subarray(8) };
}

function decodeEnd(message: Buffer): EndFrame {
  requireLength(message, 16, 'end');
  return { kind: 'end', outcome: readOutcome(message), ...readUsage(message), chunks: message.readUInt32BE(12) };
}

function decodeCredit(message: Buffer): CreditFrame {
  requireLength(message, 8, 'credit');
  return { kind: 'credit', chunks: message.readUInt32BE(4), ...readRunner(message, 8, message.length) };
}

function decodeFailure(message: Buffer): FailureFrame {
  requireLength(message, USAGE_OFFSET + 2, 'failure');
  const textAt = 14 + message.readUInt16BE(12);
  const text = failureTextSchema.safeParse(jsonOrNull(message.toString('utf8', textAt, message.length)));
  if (!text.success) throw new ProtocolError('the detail of a failure does not have the agreed form');
  return {
    kind: 'failure',
    outcome: readOutcome(message),
    ...readUsage(message),
    ...readRunner(message, 14, textAt),
    ...text.data,
  };
}

function encodeRunner(kind: number, outcome: Outcome, offset: number, runner: Runner): Buffer {
  const text = `${runner.node}\n${runner.cell}`;
  const message = Buffer.allocUnsafe(offset + text.length);
  writeHead(message, kind, 0, outcome);
  message.write(text, offset, 'latin1');
  return message;
}

function writeHead(message: Buffer, kind: number, flags: number, outcome: Outcome): void {
  message[0] = PROTOCOL_VERSION;
  message[1] = kind;
  message[2] = flags;
  message[3] = OUTCOMES[outcome].code;
}

function writeUsage(message: Buffer, usage: Usage): void {
  message.writeUInt32BE(clampU32(usage.cpuUs), 4);
  message.writeUInt32BE(clampU32(usage.wallUs), 8);
}

function readUsage(message: Buffer): Usage {
  return { cpuUs: message.readUInt32BE(4), wallUs: message.readUInt32BE(8) };
}

function readKind(message: Buffer): number {
  requireLength(message, 4, 'frame');
  if (message[0] !== PROTOCOL_VERSION) {
    throw new ProtocolError(`a frame has protocol version ${message[0]!}; this side speaks ${PROTOCOL_VERSION}`);
  }
  return message[1]!;
}

function readOutcome(message: Buffer): Outcome {
  const outcome = outcomeOfCode(message[3]!);
  if (outcome === null) throw new ProtocolError(`a frame has the unknown outcome ${message[3]!}`);
  return outcome;
}

function readRunner(message: Buffer, start: number, end: number): Runner {
  const text = message.toString('latin1', start, end);
  const at = text.indexOf('\n');
  if (at < 0) throw new ProtocolError('a frame does not name its node and cell');
  return { node: text.slice(0, at), cell: text.slice(at + 1) };
}

function requireLength(message: Buffer, least: number, what: string): void {
  if (message.length < least) throw new ProtocolError(`a ${what} has ${message.length} bytes; at least ${least}`);
}

function clampU32(value: number): number {
  return Math.min(Math.max(Math.round(value), 0), 0xffff_ffff);
}
