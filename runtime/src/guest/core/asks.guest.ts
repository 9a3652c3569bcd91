/** Asks, from this side (see bridge/asks.ts): how they are started, and how their answers are read. */
import { ANSWER_HEAD_OFFSET, ANSWER_STREAMED, type AskKind } from '../../bridge/asks.ts';
import { decodeUtf8WithoutBom } from '../encoding/utf8.guest.ts';
import { Upload } from '../fetch/upload.guest.ts';
import { activeSpan } from './active-span.guest.ts';
import type { Bytes } from './bytes.guest.ts';
import { currentCall } from './clock.guest.ts';
import { host } from './host.guest.ts';
import { type Delivered, startOperation } from './pending-operations.guest.ts';
import { parseJson, sliceString, stringifyJson } from './primordials.guest.ts';

/** Names an ask: the operation that started it. */
export interface AskName {
  readonly call: number;
  readonly ask: number;
}

export interface AskParts {
  readonly kind: AskKind;
  readonly head: object;
  /** All of the body; with `streamed`, undefined. */
  readonly body: ArrayBuffer | undefined;
  readonly streamed: boolean;
  /** The ask has its name, and may be written to. */
  readonly onStarted?: (name: AskName) => void;
}

/** `body`: whole as bytes, to come as an Upload, or null when there is none. */
export interface AskAnswer<Head> {
  readonly head: Head;
  readonly body: Bytes | Upload | null;
}

/** Rejects with what whoever carries it out says, and with TypeError outside of a call. */
export async function ask<Head>(parts: AskParts): Promise<AskAnswer<Head>> {
  const call = currentCall();
  let number = 0;
  const answer = await startOperation(call, (operation) => {
    number = operation;
    const head = stringifyJson(parts.head);
    host.ask(call, operation, parts.kind, head, parts.body, parts.streamed, activeSpan());
    parts.onStarted?.({ call, ask: operation });
  });
  return readAnswer(answer, { call, ask: number });
}

function readAnswer<Head>(answer: Delivered, { call, ask: name }: AskName): AskAnswer<Head> {
  if (typeof answer === 'string') {
    const head = parseJson(sliceString(answer, 1)) as Head;
    if (answer[0] !== ANSWER_STREAMED) return { head, body: null };
    const source = {
      read: (_call: number, operation: number): void => host.readAnswer(call, name, operation),
      cancel: (): void => host.cancelAsk(call, name),
    };
    return { head, body: new Upload(call, undefined, source) };
  }
  const buffer = answer as ArrayBuffer;
  const bodyAt = ANSWER_HEAD_OFFSET + new DataView(buffer).getUint32(0, true);
  const text = decodeUtf8WithoutBom(new Uint8Array(buffer, ANSWER_HEAD_OFFSET, bodyAt - ANSWER_HEAD_OFFSET));
  return { head: parseJson(text) as Head, body: new Uint8Array(buffer.slice(bodyAt)) };
}
