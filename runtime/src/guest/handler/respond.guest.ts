/** Gives a handler's response to the host. */
import { BODY } from '../../bridge/contract.ts';
import { exactBuffer } from '../core/bytes.guest.ts';
import { describeValue, errorText } from '../core/error-text.guest.ts';
import { host } from '../core/host.guest.ts';
import { streams } from '../core/lazy-parts.guest.ts';
import { awaitOperation, reserveOperation } from '../core/pending-operations.guest.ts';
import { leaveAnswer } from '../core/small-answers.guest.ts';
import { isResponse, responseParts } from '../fetch/response.guest.ts';
import type { ByteReader, ReadableStream } from '../streams/streams.guest.ts';
import type { CallState } from './call-state.guest.ts';

/** `value` is what the handler returned: anything. */
export function answer(call: CallState, value: unknown): void {
  if (call.isOver) return;
  try {
    if (isResponse(value)) respond(call, value);
    else refuse(call, describeValue(value));
  } catch (error) {
    // The host refused the response (its head is too large), or its body could not be made ready.
    call.fail(error);
  }
}

function respond(call: CallState, response: Parameters<typeof responseParts>[0]): void {
  const { status, headers, body } = responseParts(response);
  if (status === 0) return refuse(call, 'Response.error()');
  if (body === null) {
    tell(call, status, headers, undefined);
    return call.responded();
  }
  if (body.isUnusable) {
    throw new TypeError('The body of the response has been read already, or is locked by a reader');
  }
  const source = body.take();
  switch (source.kind) {
    case 'text':
      tell(call, status, headers, source.text);
      return call.responded();
    case 'bytes':
      host.respond(call.number, status, headers, BODY.bytes, exactBuffer(source.bytes));
      return call.responded();
    case 'upload':
      return respondWithStream(call, status, headers, body.stream);
    case 'stream':
      return respondWithStream(call, status, headers, source.stream);
  }
}

function tell({ number }: CallState, status: number, headers: string, text: string | undefined): void {
  if (leaveAnswer(number, status, headers, text ?? '')) return;
  host.respond(number, status, headers, text === undefined ? BODY.none : BODY.text, text);
}

function refuse(call: CallState, description: string): void {
  host.invalidResponse(call.number, description);
  call.responded();
}

function respondWithStream(call: CallState, status: number, headers: string, stream: ReadableStream): void {
  const reader = new (streams.get().ByteReader)(stream);
  host.respond(call.number, status, headers, BODY.stream, undefined);
  call.streaming((reason) => {
    void reader.cancel(reason).catch(ignore);
  });
  void pump(call, reader);
}

/** Sends the stream piece by piece, each when the host has room. Ends the body in any case, unless the call is over. */
async function pump(call: CallState, reader: ByteReader): Promise<void> {
  try {
    for (let piece = await reader.read(); piece !== null; piece = await reader.read()) {
      if (call.isOver) return;
      await write(call, piece);
    }
    if (!call.isOver) host.endBody(call.number, '', '', '');
  } catch (error) {
    if (!call.isOver) reportFailure(call, error);
    await reader.cancel(error).catch(ignore);
  }
  call.responded();
}

async function write(call: CallState, piece: Uint8Array): Promise<void> {
  if (piece.length === 0) return;
  const operation = reserveOperation();
  if (!host.writeBody(call.number, operation, exactBuffer(piece))) await awaitOperation(call.number, operation);
}

function reportFailure(call: CallState, error: unknown): void {
  const { name, message, stack } = errorText(error);
  host.endBody(call.number, name === '' ? 'Error' : name, message, stack);
}

/** Canceling tells the stream's source; what that answers changes nothing any more. */
function ignore(): void {}
