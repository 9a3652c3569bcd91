import { ASK_HEAD_LENGTH, ASK_KINDS, type AskKind } from '../../bridge/asks.ts';
import type { HostOperations } from '../../bridge/contract.ts';
import { buffer, count, text } from '../isolate/guest-arguments.ts';
import type { IsolateAsks } from './isolate-asks.ts';

export type AskOperations = Pick<HostOperations, 'ask' | 'writeAsk' | 'endAsk' | 'readAnswer' | 'cancelAsk'>;

/** The guest's operations on asks. Arguments are hostile; heads are judged by whoever carries the ask out. */
export function makeAskOperations(asks: IsolateAsks, isInCall: (call: number) => boolean): AskOperations {
  return {
    ask: (call, operation, kind, head, body, streamed, parent) => {
      if (!isInCall(count(call))) throw new TypeError(OUTSIDE);
      const order = {
        kind: askKind(kind),
        head: text(head, ASK_HEAD_LENGTH),
        body: body === undefined ? null : new Uint8Array(buffer(body)),
        streamed: streamed === true,
        parent: text(parent, TRACEPARENT_LENGTH),
      };
      asks.start(call, count(operation), order);
    },
    writeAsk: (call, ask, operation, bytes) =>
      asks.write(count(call), count(ask), count(operation), new Uint8Array(buffer(bytes))),
    endAsk: (call, ask, isWhole) => asks.end(count(call), count(ask), isWhole === true),
    readAnswer: (call, ask, operation) => asks.read(count(call), count(ask), count(operation)),
    cancelAsk: (call, ask) => asks.cancel(count(call), count(ask)),
  };
}

const TRACEPARENT_LENGTH = 55;
const OUTSIDE =
  'fetch and bindings work only while a call is handled: not while the module loads, and not after the call has ended. ' +
  'Give work that goes on after the answer to ctx.waitUntil.';

function askKind(value: unknown): AskKind {
  const kind = ASK_KINDS.find((known) => known === value);
  if (kind === undefined) throw new TypeError('ask: unknown kind');
  return kind;
}
