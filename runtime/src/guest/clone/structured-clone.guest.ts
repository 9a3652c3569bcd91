/** Lazy part: structured cloning (HTML Standard), with transfer of ArrayBuffers and MessagePorts. */
import { messaging } from '../core/lazy-parts.guest.ts';
import { dictionary, isArrayBuffer, isObject, requireArguments, sequence } from '../core/webidl.guest.ts';
import { DOMException } from '../events/dom-exception.guest.ts';
import { Copy, type Memory, serialize } from './serialize.guest.ts';

export function structuredClone(value: unknown, options: unknown = undefined): unknown {
  requireArguments(arguments.length, 1, 'structuredClone');
  const { transfer } = dictionary(options, 'structuredClone: options');
  const list = transfer === undefined ? [] : sequence(transfer, requireObject, 'structuredClone: transfer');
  return cloneWithTransfer(value, list).value;
}

/** Clones `value` and moves the objects of `transfer` along. `moved` are their new selves, in order. */
export function cloneWithTransfer(value: unknown, transfer: readonly object[]): { value: unknown; moved: unknown[] } {
  const memory: Memory = new Map();
  for (const object of transfer) {
    if (memory.has(object)) throw dataCloneError('the transfer list has an object twice');
    memory.set(object, new Copy(() => move(object)));
  }
  const copy = serialize(value, memory);
  // Nothing is moved before all could be read: an error leaves everything where it was.
  for (const object of transfer) requireMovable(object);
  const moved = transfer.map((object) => memory.get(object)!.get());
  return { value: copy.get(), moved };
}

export function dataCloneError(why: string): DOMException {
  return new DOMException(`The value cannot be cloned: ${why}`, 'DataCloneError');
}

function requireMovable(object: object): void {
  if (isArrayBuffer(object)) {
    if (object.detached) throw dataCloneError('the transfer list has a detached ArrayBuffer');
  } else if (messaging.loaded?.isMessagePort(object) === true) {
    if (messaging.get().isDetached(object)) throw dataCloneError('the transfer list has a detached MessagePort');
  } else {
    throw dataCloneError('the transfer list has an object that cannot be transferred');
  }
}

function move(object: object): object {
  if (isArrayBuffer(object)) return object.transfer();
  return messaging.get().movePort(object);
}

function requireObject(value: unknown): object {
  if (!isObject(value)) throw new TypeError('structuredClone: transfer has a value that is not an object');
  return value;
}
