import type { PartReference } from '../../bridge/subtle.ts';
import { exactBuffer } from '../core/bytes.guest.ts';
import { bufferSourceBytes } from '../core/webidl.guest.ts';

/** The buffers that cross the bridge beside a method's arguments: they are copied there, when the operation is called. */
export class Parts {
  readonly buffers: ArrayBuffer[] = [];

  /** Throws TypeError when `value` is no ArrayBuffer and no view of one. */
  add(value: unknown, what: string): PartReference {
    const bytes = bufferSourceBytes(value);
    if (bytes === null) throw new TypeError(`${what} is not an ArrayBuffer or a view of one`);
    const part = this.buffers.length;
    this.buffers[part] = exactBuffer(bytes);
    return { part };
  }
}
