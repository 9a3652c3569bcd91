/** The Body mixin of the Fetch Standard: what Request and Response have in common. */
import { exactBuffer } from '../core/bytes.guest.ts';
import { files } from '../core/lazy-parts.guest.ts';
import { defineProperty, getOwnPropertyDescriptor, ownKeys, parseJson } from '../core/primordials.guest.ts';
import type { ReadableStream } from '../streams/streams.guest.ts';
import type { Body } from './body.guest.ts';

export interface BodyOwner {
  /** Throws TypeError for an object of another class. */
  readonly bodyOf: (self: unknown) => Body | null;
  /** The combined content-type header, or null. */
  readonly contentTypeOf: (self: unknown) => string | null;
}

export function defineBodyMixin(prototype: object, owner: BodyOwner): void {
  const members = makeMembers(owner);
  for (const key of ownKeys(members)) {
    defineProperty(prototype, key, { ...getOwnPropertyDescriptor(members, key), enumerable: true });
  }
}

/** The members of the mixin, for the interfaces that include it. */
export interface BodyMixin {
  readonly body: ReadableStream | null;
  readonly bodyUsed: boolean;
  arrayBuffer(): Promise<ArrayBuffer>;
  blob(): Promise<object>;
  bytes(): Promise<Uint8Array>;
  formData(): Promise<object>;
  json(): Promise<unknown>;
  text(): Promise<string>;
}

const NO_BYTES = new Uint8Array(0);

function makeMembers({ bodyOf, contentTypeOf }: BodyOwner): BodyMixin {
  const readBytes = async (self: unknown): Promise<Uint8Array<ArrayBuffer>> => {
    const body = usableBody(bodyOf(self));
    if (body === null) return new Uint8Array(0);
    const isShared = body.source.kind === 'bytes';
    const bytes = await body.bytes();
    return isShared ? bytes.slice() : bytes;
  };
  return {
    get body() {
      return bodyOf(this)?.stream ?? null;
    },
    get bodyUsed() {
      return bodyOf(this)?.isUsed ?? false;
    },
    async arrayBuffer() {
      return exactBuffer(await readBytes(this));
    },
    async blob() {
      const type = contentTypeOf(this);
      const bytes = (await usableBody(bodyOf(this))?.bytes()) ?? NO_BYTES;
      return files.get().blobOfBody(bytes, type);
    },
    async bytes() {
      return readBytes(this);
    },
    async formData() {
      const type = contentTypeOf(this);
      const bytes = (await usableBody(bodyOf(this))?.bytes()) ?? NO_BYTES;
      return files.get().formDataOfBody(bytes, type);
    },
    async json() {
      return parseJson((await usableBody(bodyOf(this))?.text()) ?? '') as unknown;
    },
    async text() {
      return (await usableBody(bodyOf(this))?.text()) ?? '';
    },
  };
}

function usableBody(body: Body | null): Body | null {
  if (body?.isUnusable === true) throw new TypeError('The body has been read already, or is locked by a reader');
  return body;
}
