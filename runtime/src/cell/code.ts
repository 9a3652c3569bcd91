import { makeStackMapper, scriptName } from '@sovfn/builder/script';
import { ProtocolError } from '@sovfn/protocol';
import type { ToCell } from '../channel/messages.ts';
import type { FunctionCode } from './isolate/function-isolate.ts';

type Load = Extract<ToCell, { type: 'load' }>;

/** The version that a `load` message brings. Throws ProtocolError when the tail has not the lengths of the head. */
export function receiveCode(head: Load, tail: Buffer): FunctionCode {
  const cacheAt = head.sourceBytes;
  const mapAt = cacheAt + head.cacheBytes;
  if (mapAt + head.mapBytes !== tail.length) {
    throw new ProtocolError(`a load message says ${mapAt + head.mapBytes} bytes follow; ${tail.length} came`);
  }
  return {
    name: head.function,
    version: head.version,
    limits: head.limits,
    environment: JSON.stringify({ vars: head.vars, bindings: head.bindings }),
    script: tail.toString('utf8', 0, cacheAt),
    scriptName: scriptName(head.function),
    cache: head.cacheBytes === 0 ? null : tail.subarray(cacheAt, mapAt),
    mapStack: makeStackMapper(tail.toString('utf8', mapAt)),
  };
}
