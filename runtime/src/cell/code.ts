import { makeStackMapper, scriptName } from '@sovfn/builder/script';
import { ProtocolError } from '@sovfn/protocol';
import type { ToCell } from '../channel/messages.ts';
import type { FunctionCode } from './isolate/function-code.ts';
import { makePrelude, type Prelude } from './isolate/guest-isolate.ts';

type Boot = Extract<ToCell, { type: 'boot' }>;
type Load = Extract<ToCell, { type: 'load' }>;
type Renew = Extract<ToCell, { type: 'renew' }>;

/** The prelude that a `boot` message brings. Throws ProtocolError when the tail has not the lengths of the head. */
export function receivePrelude(head: Boot, tail: Buffer): Prelude {
  const partsAt = head.preludeBytes;
  const cacheAt = partsAt + head.partsBytes;
  assertLength(head.type, cacheAt + head.cacheBytes, tail);
  return makePrelude({
    source: tail.toString('utf8', 0, partsAt),
    parts: JSON.parse(tail.toString('utf8', partsAt, cacheAt)) as Record<string, string>,
    cache: head.cacheBytes === 0 ? null : tail.subarray(cacheAt),
  });
}

/** Data key of the tenant's logs. */
export type LogKey = NonNullable<Load['logKey']>;

/** The version that a `load` message brings. Throws ProtocolError when the tail has not the lengths of the head. */
export function receiveCode(head: Load, tail: Buffer): FunctionCode {
  const cacheAt = head.sourceBytes;
  const mapAt = cacheAt + head.cacheBytes;
  assertLength(head.type, mapAt + head.mapBytes, tail);
  const sourceMap = tail.toString('utf8', mapAt);
  return {
    name: head.function,
    version: head.version,
    limits: head.limits,
    environment: environmentOf(head),
    script: tail.toString('utf8', 0, cacheAt),
    scriptName: scriptName(head.function),
    cache: head.cacheBytes === 0 ? null : tail.subarray(cacheAt, mapAt),
    sourceMap,
    mapStack: makeStackMapper(sourceMap),
  };
}

/** For the entry `install`. A binding comes before a secret of the same name, a secret before a var. */
export function environmentOf({ vars, secrets, bindings }: Load | Renew): string {
  return JSON.stringify({ vars: { ...vars, ...secrets }, bindings });
}

function assertLength(type: string, announced: number, tail: Buffer): void {
  if (announced === tail.length) return;
  throw new ProtocolError(`a ${type} message says ${announced} bytes follow; ${tail.length} came`);
}
